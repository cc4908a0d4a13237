"""What holds for every test: no test is a stopwatch, so hypothesis sets no deadline of its own."""

from hypothesis import settings

settings.register_profile("fsrouter", deadline=None)
settings.load_profile("fsrouter")
