"""Uploads that are cut short leave nothing on the disk.

Gradio receives a file into its upload folder and clears it away when the form cannot be parsed; not when the
visitor leaves in the middle, when the body is refused as too large, or when the disk is full.
"""

from pathlib import Path
from typing import Any

from gradio import route_utils
from gradio.route_utils import GradioMultiPartParser


class TidyParser(GradioMultiPartParser):
    """Gradio's own, which also removes what it has received when anything else ends it."""

    async def parse(self) -> Any:
        try:
            return await super().parse()
        except BaseException:
            for file in self._files_to_close_on_error:
                file.close()
                Path(file.name).unlink(missing_ok=True)
            raise


def keep_uploads_tidy() -> None:
    """Make Gradio's upload route use :class:`TidyParser`."""
    route_utils.GradioMultiPartParser = TidyParser
