import os
import re
from pathlib import Path


class FileStore:
    def __init__(self, root):
        self.root_path = Path(root)
        self.cache_dir = root

    def path_of(self, key: str) -> Path:
        if not re.match(r"^[a-zA-Z0-9_.\-/]+$", key):
            raise KeyError(key)
        # ruleid: stored-name-joined-to-path
        return self.root_path / key

    def session_file(self, session_id: str):
        # ruleid: stored-name-joined-to-path
        return os.path.join(self.cache_dir, session_id)

    def confined(self, key: str) -> Path:
        full = os.path.abspath(self.root_path / key)
        # ok: stored-name-joined-to-path
        path = self.root_path / key
        if os.path.commonpath([self.root_path, full]) != str(self.root_path):
            raise KeyError(key)
        return path

    def named_by_digest(self, key: str) -> Path:
        # ok: stored-name-joined-to-path
        return self.root_path / digest_of(key)

    def checked(self, key: str) -> Path:
        validate_key(key)
        # ok: stored-name-joined-to-path
        return self.root_path / key

    def own_file(self, suffix: str) -> Path:
        # ok: stored-name-joined-to-path
        return self.root_path / "index.json"


def download(links, target_folder):
    for relative_path, link in links.items():
        # ruleid: stored-name-joined-to-path
        target = os.path.join(target_folder, relative_path)
        fetch(link, target)


def download_flat(links, target_folder):
    for relative_path, link in links.items():
        # ok: stored-name-joined-to-path
        target = os.path.join(target_folder, os.path.basename(relative_path))
        fetch(link, target)


def download_checked(links, target_folder):
    for relative_path, link in links.items():
        if not is_path_traversal(target_folder, relative_path):
            # ok: stored-name-joined-to-path
            target = os.path.join(target_folder, relative_path)
            fetch(link, target)


class CharacterStore:
    def full_path(self, key: str) -> Path:
        if not re.match(r"^[a-zA-Z0-9_./-]+$", key):
            raise InvalidKey(f"invalid characters in key: {key}")
        # ruleid: stored-name-joined-to-path
        return self.root_path / key
