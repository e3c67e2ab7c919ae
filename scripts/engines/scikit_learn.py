"""Engine for scikit-learn: every classifier by its class name.

Hemline's parameters have scikit-learn's names. This file translates the names that have changed between versions, so one grid runs
on every scikit-learn since 1.5.
"""

import itertools
import re
from functools import partial

from hemline_engine import Refused, made, serve, use_environment

use_environment()

import numpy  # noqa: E402
import scipy  # noqa: E402
import sklearn  # noqa: E402
from sklearn.gaussian_process.kernels import RBF, ConstantKernel  # noqa: E402
from sklearn.linear_model import LogisticRegression, SGDClassifier  # noqa: E402
from sklearn.metrics.pairwise import pairwise_kernels  # noqa: E402
from sklearn.multiclass import OneVsRestClassifier  # noqa: E402
from sklearn.svm import SVC  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402
from sklearn.utils import all_estimators  # noqa: E402
from sklearn.utils._param_validation import InvalidParameterError  # noqa: E402

VERSION = tuple(int(part) for part in re.findall(r"\d+", sklearn.__version__)[:2])

# The dual objective needs the kernel matrix of the support vectors. Above this number of them (800 MB) it is left out.
MOST_SUPPORT = 10000

# The messages of scikit-learn for a combination of parameters that it does not support. It reports them only in `fit`.
NO_SUCH_POINT = re.compile(r"Unsupported set of arguments|not supported|supports only|only supports|does not support")


class Estimator:
    """A scikit-learn classifier. Unsupported parameters are refused instead of raised as an error."""

    def __init__(self, model):
        self.model = model

    def fit(self, x, y):
        try:
            self.model.fit(x, y)
        except InvalidParameterError as error:
            raise Refused(str(error)) from error
        except (ValueError, NotImplementedError) as error:
            if NO_SUCH_POINT.search(str(error)):
                raise Refused(str(error)) from error
            raise

    def predict(self, x):
        return self.model.predict(x)

    def attributes(self):
        return attributes(self.model)


def attributes(model):
    """The attributes of a fitted classifier, as docs/results-format.md defines them."""
    if isinstance(model, OneVsRestClassifier):
        parts = [attributes(one) for one in model.estimators_]
        return {name: sum((part[name] for part in parts), []) for name in parts[0]}
    if isinstance(model, SVC):
        found = {"n_support": model.n_support_, "n_iter": model.n_iter_}
        if len(model.support_) <= MOST_SUPPORT:
            found["dual_objective"] = dual_objectives(model)
    else:
        found = {name: getattr(model, f"{name}_") for name in ("coef", "intercept") if hasattr(model, f"{name}_")}
    return {name: numpy.asarray(values).tolist() for name, values in found.items()}


def dual_objectives(model):
    """The dual objective of each pair of classes. libsvm minimises it but does not return it."""
    own = {"rbf": {}, "linear": {}, "sigmoid": {"coef0": model.coef0}, "poly": {"coef0": model.coef0, "degree": model.degree}}
    gamma = {} if model.kernel == "linear" else {"gamma": model._gamma}
    kernel = pairwise_kernels(model.support_vectors_, metric=model.kernel, **gamma, **own[model.kernel])
    ends = numpy.cumsum(model.n_support_)
    rows = [slice(end - n, end) for end, n in zip(ends, model.n_support_)]
    objectives = []
    for one, other in itertools.combinations(range(len(rows)), 2):
        pair = numpy.r_[rows[one], rows[other]]
        coefficients = numpy.r_[model.dual_coef_[other - 1, rows[one]], model.dual_coef_[one, rows[other]]]
        quadratic = coefficients @ (kernel[numpy.ix_(pair, pair)] @ coefficients) / 2
        objectives.append(quadratic - numpy.abs(coefficients).sum())
    return objectives


def build(request):
    name = request["classifier"]
    parameters = dict(request["parameters"])
    context = {"random_state": request["seed"], "n_jobs": request["threads"]}
    if name in SPECIAL:
        return Estimator(SPECIAL[name](parameters, context))
    return Estimator(made(classifier(name), plain(parameters), context))


def classifier(name):
    """The scikit-learn class with this name."""
    known = dict(all_estimators(type_filter="classifier"))
    if name not in known:
        raise Refused(f"scikit-learn {sklearn.__version__} has no classifier {name}")
    return known[name]


def plain(parameters):
    """The parameters in scikit-learn's types: a tuple of layer sizes, and None for "all" features or rows."""
    plain = {key: None if value == "all" else value for key, value in parameters.items()}
    if "hidden_layer_sizes" in plain:
        plain["hidden_layer_sizes"] = tuple(plain["hidden_layer_sizes"])
    return plain


def ensemble(name, parameters, context):
    """Bagging and AdaBoost. Parameters with the prefix `estimator__` belong to the tree; "all" is the fraction 1.0."""
    prefix = "estimator__"
    tree = {key.removeprefix(prefix): value for key, value in parameters.items() if key.startswith(prefix)}
    own = {key: 1.0 if value == "all" else value for key, value in parameters.items() if not key.startswith(prefix)}
    defaults = {"max_depth": 1} if name == "AdaBoostClassifier" else {}
    own["estimator"] = made(DecisionTreeClassifier, defaults | tree, {})
    return made(classifier(name), own, context)


def gaussian_process(parameters, context):
    """scikit-learn's default kernel with a length scale. Both kernel parameters are fixed."""
    scale = parameters.pop("length_scale", 1.0)
    parameters["kernel"] = ConstantKernel(1.0, "fixed") * RBF(scale, "fixed")
    return made(classifier("GaussianProcessClassifier"), parameters, context)


def linear_svc(parameters, context):
    """Chooses the primal or the dual problem automatically; the default of scikit-learn 0.19 was the dual."""
    return made(classifier("LinearSVC"), {"dual": "auto"} | parameters, context)


def logistic_regression(parameters, context):
    """`multi_class` was removed: OneVsRestClassifier does `ovr`. `penalty` is deprecated since 1.8: `l1_ratio` replaces it."""
    multi_class = parameters.pop("multi_class", "multinomial")
    penalty = parameters.pop("penalty", "l2")
    binary = multi_class == "ovr"
    if penalty in ("l1", "elasticnet"):
        parameters["solver"] = "liblinear" if binary and penalty == "l1" else "saga"
    else:
        parameters["solver"] = "liblinear" if binary and penalty == "l2" else "lbfgs"
    if VERSION < (1, 8):
        parameters["penalty"] = penalty
    elif penalty is None:
        parameters["C"] = numpy.inf
    elif penalty != "elasticnet":
        parameters["l1_ratio"] = {"l1": 1.0, "l2": 0.0}[penalty]
    if binary:
        return OneVsRestClassifier(made(LogisticRegression, parameters, without_jobs(context)), n_jobs=context["n_jobs"])
    return made(LogisticRegression, parameters, without_jobs(context))


def passive_aggressive(parameters, context):
    """SGDClassifier with a passive-aggressive learning rate since 1.8."""
    if VERSION < (1, 8):
        return made(classifier("PassiveAggressiveClassifier"), parameters, context)
    rate = "pa1" if parameters.pop("loss", "hinge") == "hinge" else "pa2"
    parameters["eta0"] = parameters.pop("C", 1.0)
    return made(SGDClassifier, {"loss": "hinge", "penalty": None, "learning_rate": rate} | parameters, context)


def without_jobs(context):
    """The context without `n_jobs`."""
    return {key: value for key, value in context.items() if key != "n_jobs"}


SPECIAL = {
    "AdaBoostClassifier": partial(ensemble, "AdaBoostClassifier"),
    "BaggingClassifier": partial(ensemble, "BaggingClassifier"),
    "GaussianProcessClassifier": gaussian_process,
    "LinearSVC": linear_svc,
    "LogisticRegression": logistic_regression,
    "PassiveAggressiveClassifier": passive_aggressive,
}

LIBRARIES = {"numpy": numpy.__version__, "scikit-learn": sklearn.__version__, "scipy": scipy.__version__}

if __name__ == "__main__":
    serve(build, LIBRARIES)
