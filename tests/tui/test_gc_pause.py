"""The search for reference cycles is paused, and goes on."""

from __future__ import annotations

import gc

import pytest

from fsrouter.tui.gc_pause import gc_paused


def test_gc_is_enabled_again_after_a_pause() -> None:
    assert gc.isenabled()
    with gc_paused():
        assert not gc.isenabled()
        with gc_paused():
            pass
        assert not gc.isenabled()  # the outer one goes on
        with gc_paused(large=False):
            pass
    assert gc.isenabled()
    with pytest.raises(RuntimeError), gc_paused():
        raise RuntimeError
    assert gc.isenabled()
    gc.unfreeze()
