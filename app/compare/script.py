"""The comparison as a script: the same series over the API, drawn with matplotlib. Only text is made here."""

from app.compare.metrics import X_AXES, metric_named
from app.compare.spec import ComparisonSpec

_TEMPLATE = """\
import matplotlib.pyplot as plt
from gradio_client import Client

glassworks = Client("http://127.0.0.1:7860")
answer = glassworks.predict({runs!r}, {metric!r}, {x!r}, api_name="/compare_runs")
for run in answer["runs"]:
    plt.plot(run["x"], run["y"], label=run["letter"] + "  " + run["title"])
plt.xlabel({x_title!r})
plt.ylabel({y_title!r})
{scales}plt.legend()
plt.show()
print(answer["differences"])
"""


def comparison_code(spec: ComparisonSpec) -> str:
    """Empty for fewer than two runs."""
    if len(spec.runs) < 2:
        return ""
    scales = "".join(
        f'plt.{axis}scale("log")\n' for axis, log in (("x", spec.log_x), ("y", spec.log_y)) if log
    )
    return _TEMPLATE.format(
        runs=list(spec.runs),
        metric=spec.metric,
        x=spec.x,
        x_title=X_AXES[spec.x],
        y_title=metric_named(spec.metric).axis,
        scales=scales,
    )
