"""``python -m tests.support.zero_app``: app.py on a ZeroGPU Space without its hardware."""

import runpy
import sys

from tests.support.app_process import ROOT, AppProcess
from tests.support.zero_gpu import without_cuda


class ZeroApp(AppProcess):
    """The app with the environment of :class:`tests.support.zero_gpu.DeviceApi`."""

    command = ("-m", "tests.support.zero_app")


if __name__ == "__main__":
    without_cuda()
    sys.argv = ["app.py"]
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
