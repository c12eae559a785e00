"""A panic in the engine is an exception, and the handle is not used again."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import Any

import pytest
from syncline import _native
from syncline._errors import InternalError

PACKAGE = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def panicking(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module with a function that panics, which is not in the wheel."""
    folder = tmp_path_factory.mktemp("panicking")
    command = [sys.executable, "-m", "maturin", "build", "--features", "test-panic", "--out", str(folder)]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [it for it in archive.namelist() if "_native" in it and not it.endswith(".pyi")]
        library = archive.extract(name, folder)
    spec = importlib.util.spec_from_file_location("_native", library, loader=ExtensionFileLoader("_native", library))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_panic_is_an_exception_and_poisons_the_handle(panicking: Any, capfd: pytest.CaptureFixture[str]) -> None:
    client = panicking.ClientHandle.automatic()
    other = panicking.ClientHandle.automatic()
    room = client.open("cart")
    while client.drain():
        pass
    calls: list[int] = []
    client.set_wake(lambda: calls.append(1))
    with pytest.raises(InternalError) as caught:
        panicking._panic(client)
    assert (caught.value.code, caught.value.actual) == ("Panic", "a panic on purpose")
    assert isinstance(caught.value, Exception)
    assert "a panic on purpose" in capfd.readouterr().err
    assert calls == [1], "the host finds out"
    for call, arguments in ((client.poll, ()), (client.drain, ()), (client.close, ()), (client.get, (room, "a"))):
        with pytest.raises(InternalError) as caught:
            call(*arguments)
        assert caught.value.code == "Poisoned"
    client.set_wake(None)
    del client, call
    assert other.close() == 0


def test_the_module_that_is_installed_cannot_panic_on_purpose() -> None:
    assert not hasattr(_native, "_panic")
