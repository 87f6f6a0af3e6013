"""The tests of chats once more."""

from tests.pipelines.rag.test_chats import *  # noqa: F403
