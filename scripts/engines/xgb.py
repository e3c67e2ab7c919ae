"""Engine for XGBoost: XGBClassifier with its own parameters."""

from hemline_engine import Refused, made, serve, use_environment

use_environment()

import xgboost  # noqa: E402


def build(request):
    if request["classifier"] != "XGBClassifier":
        raise Refused("this engine supports only XGBClassifier")
    context = {"random_state": request["seed"], "n_jobs": request["threads"]}
    return made(xgboost.XGBClassifier, request["parameters"], context)


if __name__ == "__main__":
    serve(build, {"xgboost": xgboost.__version__})
