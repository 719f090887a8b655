"""Where the Parquet warehouse lies: a folder, or an object store by its address."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Place:
    """A folder or a bucket; paths are relative to it.

    Attributes:
        uri: A path, or ``s3://bucket/folder``, ``gs://...``, ``hdfs://...``.
        spark: Needed to write manifests to a store: Spark's own client knows how to create without replacing.
    """

    uri: str
    spark: SparkSession | None = None

    @property
    def local(self) -> bool:
        """Is it a folder of this machine (or one that all machines mount)?"""
        return "://" not in self.uri or self.uri.startswith("file://")

    @cached_property
    def _there(self) -> tuple[Any, str]:
        if self.local:
            return pafs.LocalFileSystem(), str(Path(self.uri.removeprefix("file://")).resolve())
        system, root = pafs.FileSystem.from_uri(self.uri)
        return system, root.rstrip("/")

    def full(self, path: str) -> str:
        """Return a path as Spark takes it."""
        if self.local:
            return f"file://{self._there[1]}/{path}"
        return f"{self.uri.rstrip('/').replace('s3://', 's3a://', 1)}/{path}"

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder; none where it is missing."""
        return [info.base_name for info in self._listed(folder, deep=False)]

    def below(self, folder: str) -> list[str]:
        """Return the paths of all files below a folder."""
        return [os.path.relpath(info.path, self._there[1]) for info in self._listed(folder, deep=True)]

    def _listed(self, folder: str, deep: bool) -> list[Any]:
        system, root = self._there
        found = system.get_file_info(pafs.FileSelector(f"{root}/{folder}", recursive=deep, allow_not_found=True))
        return [info for info in found if info.type == pafs.FileType.File]

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        system, root = self._there
        with system.open_input_file(f"{root}/{path}") as file:
            found: bytes = file.read()
        return found

    def table(self, path: str) -> pa.Table:
        """Return a Parquet file's rows."""
        system, root = self._there
        return pq.ParquetFile(f"{root}/{path}", filesystem=system).read()

    def writer(self, path: str, schema: pa.Schema) -> pq.ParquetWriter:
        """Open a Parquet file to be written; it is seen by nobody before a manifest names it."""
        system, root = self._there
        whole = f"{root}/{path}"
        system.create_dir(whole.rsplit("/", 1)[0], recursive=True)
        return pq.ParquetWriter(whole, schema, filesystem=system, compression="zstd")

    def delete(self, path: str) -> None:
        """Delete a file."""
        system, root = self._there
        system.delete_file(f"{root}/{path}")

    def put_if_absent(self, path: str, content: bytes) -> bool:
        """Write a file unless one of its name is there; say whether it was written. Readers see all of it or none."""
        if not self.local:
            return self._put_in_store(path, content)
        whole = f"{self._there[1]}/{path}"
        folder = Path(whole).parent
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(fresh, whole)  # unlike a rename, it fails where the name is taken
        except FileExistsError:
            return False
        finally:
            os.unlink(fresh)
        return True

    def _put_in_store(self, path: str, content: bytes) -> bool:
        from py4j.protocol import Py4JJavaError

        assert self.spark is not None  # noqa: S101  a store is only opened with a session
        jvm: Any = self.spark._jvm
        target = jvm.org.apache.hadoop.fs.Path(self.full(path))
        store = target.getFileSystem(self.spark._jsc.hadoopConfiguration())
        try:
            stream = store.create(target, False)
            stream.write(bytearray(content))
            stream.close()
        except Py4JJavaError as error:
            if "FileAlreadyExists" in str(error.java_exception):
                return False
            raise
        return True
