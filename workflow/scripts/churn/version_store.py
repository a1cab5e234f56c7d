"""Versions in DVC's cache and remote: put in, take out, push, pull, and find by what made them.

Every digest is DVC's: the MD5 of a file, or of the list of a folder's files.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml
from dvc.lock import LockError
from dvc.repo import Repo
from dvc_data.hashfile.build import build
from dvc_data.hashfile.db import get_index
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.transfer import transfer
from dvc_data.hashfile.tree import Tree
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from churn.errors import InputError
from churn.files import write_text
from churn.pointers import FOLDERS, Pointer, pointer_of
from churn.redaction import hide_in_urls
from churn.run_identity import file_digest
from churn.version_errors import plain_errors, words

DIGEST = "md5"
DIRECTORY = ".dir"
# At a time, to look at the files of a remote.
CONNECTIONS = 8
PUSH_REFUSED = (
    "the version is in the cache, but not all of it is at the remote; the next run, or "
    "`dvc push`, goes on with it"
)


@contextmanager
def opened(lock_timeout: float) -> Iterator["Store"]:
    """Open the project's versions, with no other DVC process at work on them.

    Parameters
    ----------
    lock_timeout : float
        Seconds to wait for another DVC process.

    Yields
    ------
    Store

    Raises
    ------
    InputError
        If the other process does not end in time; for whatever DVC, the disk or the server of
        the remote refuses in the block.
    """
    logging.getLogger("dvc").setLevel(logging.CRITICAL)
    logging.getLogger("dvc_data").setLevel(logging.CRITICAL)
    logging.getLogger("dvc_objects").setLevel(logging.CRITICAL)
    with plain_errors():
        repo = Repo()
        wait = Retrying(
            stop=stop_after_delay(lock_timeout),
            wait=wait_fixed(0.2),
            retry=retry_if_exception_type(LockError),
            reraise=True,
        )
        wait(repo.lock.lock)
        try:
            yield Store(repo)
        finally:
            repo.lock.unlock()
            repo.close()


class Store:
    """The versions of the project in the working directory.

    Parameters
    ----------
    repo : Repo
        Locked.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._cache = repo.cache.local

    def present(self, folder: str) -> dict[str, str]:
        """Give the digest of every file of a folder that is versioned, by path in the folder."""
        return self._files(self._built(folder)[2]) if Path(folder).is_dir() else {}

    def files(self, digest: str) -> dict[str, str]:
        """Give the same for a folder of a version that the cache holds."""
        return self._files(Tree.load(self._cache, HashInfo(DIGEST, digest)))

    def holds(self, digest: str) -> bool:
        """Whether the cache has a file, unchecked."""
        return self.path(digest).is_file()

    def path(self, digest: str) -> Path:
        """Give the place of a file in the cache."""
        return Path(self._cache.oid_to_path(digest))

    def put(self, folder: str) -> tuple[str, tuple[int, int]]:
        """Copy a folder into the cache; the files stay as they are, and no links.

        Returns
        -------
        digest : str
        size : tuple of int
            Bytes and number of files.
        """
        staging, meta, tree = self._built(folder, dry_run=False)
        errors = transfer(staging, self._cache, {tree.hash_info}, shallow=False).failed
        missing = [path for path, digest in self._files(tree).items() if not self.holds(digest)]
        if errors or missing:
            self._explain_refusal(folder, missing)
        return tree.hash_info.value, (meta.size, meta.nfiles)

    def fetch(self, pointer: Pointer) -> None:
        """Have all of a version in the cache, from the remote where needed, every byte checked.

        Raises
        ------
        InputError
            If something is neither here nor there.
        """
        self._drop_damaged(pointer)
        if not self.lacks(pointer):
            return
        with self._asking_remote("the version could not be pulled; nothing was changed"):
            # Only with the lists of files is it known which files to pull.
            self._repo.cloud.pull(self._named(set(pointer.digests.values())))
            if all(self.holds(digest) for digest in pointer.digests.values()):
                self._repo.cloud.pull(self._named(self._all_of(pointer)))
        self._drop_damaged(pointer)
        if lacking := self.lacks(pointer):
            raise InputError(
                f"the version is not complete: {_some(lacking)} neither in the cache nor, whole, "
                f"at the remote {self.remote_url()}; nothing was changed"
            )

    def lacks(self, pointer: Pointer) -> list[str]:
        """Name what the cache does not have of a version."""
        lacking = []
        for folder, digest in pointer.digests.items():
            if not self.holds(digest):
                lacking.append(folder)
                continue
            files = self.files(digest)
            lacking += [f"{folder}/{path}" for path in files if not self.holds(files[path])]
        return lacking

    def push(self, pointer: Pointer) -> None:
        """Copy a version, and what made it, to the remote, and see that all is there."""
        wanted = self._all_of(pointer)
        with self._asking_remote(PUSH_REFUSED):
            remote = self._repo.cloud.get_remote_odb(command="push")
            missing = self._push(wanted, remote)
            if missing:
                # DVC goes by names, and by what it remembers of the remote: a file of which a
                # server that went down has only a part would stay so for ever.
                for digest in missing:
                    with suppress(FileNotFoundError):
                        remote.fs.remove(remote.oid_to_path(digest))
                get_index(remote).clear()
                missing = self._push(wanted, remote)
            if not missing:
                self._copy_record(pointer)
        if missing:
            raise InputError(f"{PUSH_REFUSED}: {len(missing)} files are not there")

    def remember(self, pointer: Pointer) -> None:
        """Note in DVC's run-cache which results a run has given."""
        record = self._record_of(pointer)
        if not record.exists():
            content = {
                "cmd": f"snakemake {pointer.command}".strip(),
                "deps": [{"path": "workflow", "hash": DIGEST, DIGEST: pointer.workflow}],
                "outs": pointer.outs(),
            }
            write_text(record, yaml.safe_dump(content, sort_keys=False, width=1000))

    def recall(self, run: str) -> Pointer | None:
        """Find the newest version that a run has given, here or else at the remote."""
        folder = self._records / run[:2] / run
        found = list(folder.glob("[0-9a-f]*")) or self._fetch_records(run)
        for record in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True):
            content = yaml.safe_load(record.read_text(encoding="utf-8"))
            command = str(content["cmd"]).removeprefix("snakemake").strip()
            meta = {"run": run, "workflow": content["deps"][0][DIGEST], "command": command}
            if pointer := pointer_of(content["outs"], meta):
                return pointer
        return None

    def remote_url(self) -> str:
        """Give the address of the remote for a message."""
        name = self._repo.config["core"].get("remote")
        remote = self._repo.config["remote"].get(name, {}) if name else {}
        return hide_in_urls(str(remote.get("url", "(none is set)")))

    def _push(self, wanted: set[str], remote: Any) -> set[str]:
        """Push files, and give those that the remote does not have in full length."""
        self._repo.cloud.push(self._named(wanted))
        remote.fs.fs.invalidate_cache()

        def is_whole(digest: str) -> bool:
            try:
                there = remote.fs.info(remote.oid_to_path(digest))
            except FileNotFoundError:
                return False
            return bool(there["size"] == self.path(digest).stat().st_size)

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            whole = pool.map(is_whole, wanted)
            return {digest for digest, found in zip(wanted, whole, strict=True) if not found}

    def _all_of(self, pointer: Pointer) -> set[str]:
        """Give the digests of all files of a version, and of its folders."""
        digests = set(pointer.digests.values())
        for folder in FOLDERS:
            digests |= set(self.files(pointer.digests[folder]).values())
        return digests

    @staticmethod
    def _named(digests: set[str]) -> set[HashInfo]:
        return {HashInfo(DIGEST, digest) for digest in digests}

    def _built(self, folder: str, dry_run: bool = True) -> Any:
        return build(
            self._cache,
            str(Path(folder).absolute()),
            self._repo.fs,
            DIGEST,
            ignore=self._repo.dvcignore,
            dry_run=dry_run,
        )

    @staticmethod
    def _files(tree: Any) -> dict[str, str]:
        return {"/".join(key): digest.value for key, _, digest in tree}

    def _explain_refusal(self, folder: str, missing: list[str]) -> None:
        """Write one of the missing files to learn what the disk has against it."""
        where = Path(self._cache.path)
        for path in missing[:1]:
            source = Path(folder) / path
            write_probe(where / ".probe", source.read_bytes())
        raise InputError(
            f"the cache {where} did not take {_some(missing) if missing else folder}; "
            "nothing was versioned, and the results stay"
        )

    def _drop_damaged(self, pointer: Pointer) -> None:
        """Delete files of a version from the cache whose bytes are not what their name says."""
        for digest in pointer.digests.values():
            if self.holds(digest) and self._damaged(digest):
                self.path(digest).unlink()
            if self.holds(digest):
                for part in set(self.files(digest).values()):
                    if self.holds(part) and self._damaged(part):
                        self.path(part).unlink()

    def _damaged(self, digest: str) -> bool:
        return file_digest(self.path(digest), DIGEST) != digest.removesuffix(DIRECTORY)

    @property
    def _records(self) -> Path:
        return Path(self._repo.stage_cache.cache_dir)

    def _record_of(self, pointer: Pointer) -> Path:
        name = "".join(pointer.digests[folder].removesuffix(DIRECTORY) for folder in FOLDERS)
        return self._records / pointer.run[:2] / pointer.run / name

    def _remote_records(self, run: str) -> tuple[Any, str]:
        remote = self._repo.cloud.get_remote_odb(hash_name="md5-dos2unix")
        return remote.fs, remote.fs.join(remote.path, "runs", run[:2], run)

    def _fetch_records(self, run: str) -> list[Path]:
        if not self._repo.config["core"].get("remote"):
            return []
        found = []
        with self._asking_remote("it cannot be asked for an equal earlier run"):
            fs, folder = self._remote_records(run)
            for source in fs.find(folder) if fs.exists(folder) else ():
                record = self._records / run[:2] / run / fs.name(source)
                write_text(record, fs.cat_file(source).decode())
                found.append(record)
        return found

    def _copy_record(self, pointer: Pointer) -> None:
        fs, folder = self._remote_records(pointer.run)
        record = self._record_of(pointer)
        target = fs.join(folder, record.name)
        fs.makedirs(folder, exist_ok=True)
        fs.pipe_file(target, record.read_bytes())

    @contextmanager
    def _asking_remote(self, consequence: str) -> Iterator[None]:
        """Turn the many errors of networks and servers into one line."""
        try:
            yield
        except (InputError, LockError):
            raise
        except Exception as error:
            logging.getLogger(__name__).debug("remote", exc_info=True)
            raise InputError(
                f"remote {self.remote_url()}: {type(error).__name__}: {words(error)}: {consequence}"
            ) from None


def write_probe(path: Path, content: bytes) -> None:
    """Write a file and delete it again, for the error that this gives."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    finally:
        path.unlink(missing_ok=True)


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    verb = "is" if len(paths) == 1 else "are"
    return f"{', '.join(paths[:3])}{more} {verb}"
