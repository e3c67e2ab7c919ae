"""Engine for LightGBM: LGBMClassifier with its own parameters."""

from hemline_engine import Refused, made, serve, use_environment

use_environment()

import lightgbm  # noqa: E402


def build(request):
    if request["classifier"] != "LGBMClassifier":
        raise Refused("this engine supports only LGBMClassifier")
    context = {"random_state": request["seed"], "n_jobs": request["threads"], "verbosity": -1}
    return made(lightgbm.LGBMClassifier, request["parameters"], context)


if __name__ == "__main__":
    serve(build, {"lightgbm": lightgbm.__version__})
