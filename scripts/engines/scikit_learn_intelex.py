"""Engine for scikit-learn-intelex, which replaces parts of scikit-learn; SVC is oneDAL's.

The engine refuses families that oneDAL does not implement: they would run scikit-learn's own code, which the scikit-learn engine
measures.
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
        raise Refused(f"scikit-learn-intelex does not replace {request['classifier']}")
    return model


if __name__ == "__main__":
    serve(build, scikit_learn.LIBRARIES | {"scikit-learn-intelex": version("scikit-learn-intelex")})
