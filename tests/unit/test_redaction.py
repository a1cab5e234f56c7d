import pytest
from churn.config.display import hide_secrets
from churn.credentials import hand_over, recordable, restored
from churn.errors import InputError
from churn.redaction import hide, hide_in_urls

SECRET = "hunter2-canary"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no URL: a@b:c", "no URL: a@b:c"),
        (f"at https://user:{SECRET}@host/a.csv.", "at https://***@host/a.csv."),
        (f"'https://{SECRET}@host/a'", "'https://***@host/a'"),
        ("https://user:pa/ss@host/a", "https://***@host/a"),
        ("https://user:p@s?s@host/a", "https://***@host/a"),
        ("https://host/a@1.0.csv", "https://host/a@1.0.csv"),
        ("https://host:8080/a@1.0.csv", "https://host:8080/a@1.0.csv"),
        (f"https://host/a?x={SECRET}&y={SECRET} and", "https://host/a?x=***&y=*** and"),
        (f"https://host/a?x=***&y={SECRET}&z=***: no", "https://host/a?x=***&y=***&z=***: no"),
    ],
)
def test_secrets_of_urls_in_a_text(text: str, expected: str):
    assert hide_in_urls(text) == expected


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("MLFLOW_TRACKING_PASSWORD", SECRET, [SECRET]),
        ("AWS_SECRET_ACCESS_KEY", SECRET, [SECRET]),
        ("SMTP_PASS", SECRET, [SECRET]),
        ("MYSQL_PWD", SECRET, [SECRET]),
        ("GITHUB_TOKEN", SECRET, [SECRET]),
        ("DATABASE_URL", f"postgresql://user:{SECRET}@host/db", [SECRET, f"user:{SECRET}"]),
        ("HTTPS_PROXY", f"http://user:{SECRET}%21@proxy:3128", [f"{SECRET}%21", f"{SECRET}!"]),
        ("CHURN_NOTIFY_URLS", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdn", ["T1JJ3T3L2", "TIiajkdn"]),
        ("CHURN_NOTIFY_URLS", "tgram://12345:abcdefgh/777", ["12345:abcdefgh", "abcdefgh"]),
        (
            "CHURN_NOTIFY_URLS_INFO",
            f"mailtos://me:{SECRET}@mail.org, json://a.org/{SECRET}",
            [SECRET],
        ),
    ],
)
def test_secrets_of_the_environment(name: str, value: str, secrets: list[str]):
    for secret in [value, *secrets]:
        shown = hide(f"<{secret}>", {name: value})
        assert not any(secret in shown for secret in secrets), shown


def test_words_of_every_day_stay(tmp_path):
    file = tmp_path / "token"
    file.touch()
    environment = {
        "TOKEN": "true",
        "PWD": "/home/user",
        "PASSAGE": "the word",
        "X_TOKEN": str(file),
    }
    text = f"true /home/user the word {file} json://a.org"
    assert hide(text, {**environment, "CHURN_NOTIFY_URLS": "json://a.org:80/x"}) == text


def test_errors_and_configurations_show_no_secret_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CUSTOMERS_PASSWORD", SECRET)
    assert InputError(f"no such key: {SECRET}").problems == ["no such key: ***"]
    assert hide_secrets({"a": [f"x{SECRET}"]}) == {"a": ["x***"]}


def url_source(url: str) -> dict:
    return {"kind": "url", "url": url, "sha256": None}


def test_source_is_recorded_without_secrets_and_restored_with_them():
    source = url_source(f"https://user:{SECRET}@host/a.csv?sig={SECRET}")
    recorded, environment = recordable(source), {}
    assert recorded["url"].startswith("https://***@host/a.csv?sig=*** (query ")
    assert SECRET not in str(recorded)
    hand_over(source, environment)
    assert restored(recorded, environment) == source


@pytest.mark.parametrize(
    "source",
    [url_source("https://host/a@1.csv"), {"kind": "file", "path": "a.csv"}],
)
def test_source_without_secrets_is_recorded_as_it_is(source: dict):
    environment = {"CHURN_SOURCE_URL": "https://user:left@over/a"}
    hand_over(source, environment)
    assert environment == {}
    assert recordable(source) == restored(source, environment) == source


def test_new_password_records_the_same_source_and_a_new_query_another():
    first, second = (f"https://user:{password}@host/a?b=1" for password in ("one", "two"))
    assert recordable(url_source(first)) == recordable(url_source(second))
    assert recordable(url_source(first)) != recordable(url_source(first.replace("b=1", "b=2")))
