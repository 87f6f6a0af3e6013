"""The tests of rounds on their way to where they are kept, once more."""

from tests.pipelines.preferences.test_sharing import *  # noqa: F403
