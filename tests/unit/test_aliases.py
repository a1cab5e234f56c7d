"""YAML aliases of aliases are refused before anybody replaces them."""

from pathlib import Path

import pytest
from churn.config.aliases import check_aliases
from churn.errors import InputError
from support.configs import CONFIG, problems_of

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def config(folder: Path, text: str) -> Path:
    (folder / "config/data").mkdir(parents=True)
    (folder / "config/config.yaml").write_text("defaults: [data: shop]\n")
    (folder / "config/data/shop.yaml").write_text(text)
    return folder / "config"


@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]\n", "a: &a {b: *a}\n"])
def test_too_many_values_are_refused(tmp_path: Path, text: str):
    problems = problems_of(tmp_path / "cache.json", folder=config(tmp_path, text))
    assert problems == ["config/data/shop.yaml: its aliases (*) stand for more than 100,000 values"]


@pytest.mark.parametrize("text", ["a: &a [1, 2]\nb: *a\n", "a: '**bold**'\n", "a: [\n", ""])
def test_other_files_are_left_to_others(tmp_path: Path, text: str):
    check_aliases(config(tmp_path, text))
    check_aliases(CONFIG)


def test_all_files_are_named(tmp_path: Path):
    folder = config(tmp_path, BOMB)
    (folder / "config.yaml").write_text(BOMB)
    with pytest.raises(InputError) as caught:
        check_aliases(folder)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "config/config.yaml",
        "config/data/shop.yaml",
    ]
