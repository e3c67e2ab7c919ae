"""scikit-learn with the parts that scikit-learn-intelex puts in place of its own: SVC is oneDAL's.

Families that oneDAL has not are scikit-learn's as ever: they belong to that engine, and are refused here.
"""

from importlib.metadata import version

from hemline_engine import Refused, serve, use_environment

use_environment()

import daal4py  # noqa: E402
import sklearnex  # noqa: E402

sklearnex.patch_sklearn(verbose=False)

import scikit_learn  # noqa: E402


def build(request):
    daal4py.daalinit(request["threads"])
    model = scikit_learn.build(request)
    if not type(model.model).__module__.startswith(("sklearnex.", "daal4py.")):
        raise Refused(f"scikit-learn-intelex has no {request['classifier']} of its own")
    return model


if __name__ == "__main__":
    serve(build, scikit_learn.LIBRARIES | {"scikit-learn-intelex": version("scikit-learn-intelex")})
