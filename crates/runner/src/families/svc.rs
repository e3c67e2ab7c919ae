//! Support vector machine with a kernel: one problem per pair of classes, and the pairs vote.
//!
//! # Engines
//! - `native`: the steps, the stopping rule and the shrinking of libsvm, so that `tol` has the same meaning.
//!   - Kernel values are computed in `f32` by matrix products, when the solver requests them. Margins, coefficients and decision values are `f64`.
//!   - Kernel values within a class are shared by its pairs.
//!   - With a positive definite kernel, pairs of 2,000 rows and more start from the solution of one row in eight.
//!   - With a linear kernel and three times as many rows as features, a pair that does not converge in 50,000 steps is solved in the primal
//!     by Newton steps, to the same tolerance.
//!   - `cache_size` changes the speed only. `shrinking` also changes steps within `tol`, and with a sigmoid kernel, whose problem may have
//!     several optima, the optimum.
//! - `linfa`: one dense `n × n` kernel matrix of `f64` per pair (1.15 GB for 12,000 rows). Time and memory grow with the square of the rows.
//!   Kernels linear, poly and rbf. It stops after 10 million steps per pair and has no `max_iter`. It trains without shrinking, since the
//!   shrinking of linfa restores the coefficients in the wrong order.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `C` | 1 | above 0 | cost of a violated margin |
//! | `kernel` | rbf | linear, poly, rbf, sigmoid | kernel function |
//! | `gamma` | scale | scale, auto, above 0 | factor on products or squared distances; scale: 1/(features × variance), auto: 1/features |
//! | `degree` | 3 | 0.. | exponent of the poly kernel |
//! | `coef0` | 0 | | offset of the poly and sigmoid kernels |
//! | `tol` | 1e-3 | above 0 | violation of the optimality conditions at which the solver stops |
//! | `shrinking` | true | | whether the solver leaves out rows that are likely to stay at a bound |
//! | `class_weight` | none | none, balanced | whether rare classes have a higher C |
//! | `max_iter` | -1 | -1, 1.. | bound on the steps per pair; -1: no bound |
//! | `cache_size` | 4000 | above 0 | megabytes for kernel rows of all pairs, at most half of the memory limit of the cell; linfa has no cache |
//!
//! A pair votes for its lower class if its decision value is above 0. Equal votes go to the lower class.
//!
//! # Reference
//! Chang, Lin (2011), LIBSVM: A Library for Support Vector Machines.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::estimator::svm_kernel::{Gamma, Kernel};
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters;
use crate::native::kernel_svm;
use crate::params::choice::words;
use crate::params::declare::params;
use crate::params::kind::Kind;
use crate::params::range::Range;
use crate::params::spec::Settings;
use crate::params::value::Value;

pub(crate) const FAMILY: Family = Family {
    name: "SVC",
    summary: "support vector machine with a kernel, one against one",
    kind: MethodKind::Kernel,
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN.with_fit(1.6, 1.9).with_memory(1.35),
            note: "kernels in f32",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN,
            note: "trains without shrinking",
            build: linfa,
        },
    ],
};

words! {
    Kernel { Linear = "linear", Poly = "poly", Rbf = "rbf", Sigmoid = "sigmoid" }
}

impl Kind for Gamma {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) if text == "scale" => Some(Gamma::Scale),
            Value::Text(text) if text == "auto" => Some(Gamma::Auto),
            other => other.as_f64().map(Gamma::Number),
        }
    }
    fn to_value(&self) -> Value {
        match self {
            Gamma::Scale => Value::Text("scale".into()),
            Gamma::Auto => Value::Text("auto".into()),
            Gamma::Number(number) => Value::number(*number),
        }
    }
    fn expects() -> String {
        "\"scale\", \"auto\" or a number".into()
    }
}

params! {
    "C" c: f64 = 1.0, Range::POSITIVE, "cost of a violated margin";
    "kernel" kernel: Kernel = Kernel::Rbf, Range::ANY, "kernel function";
    "gamma" gamma: Gamma = Gamma::Scale, Range::POSITIVE, "factor on products or squared distances";
    "degree" degree: usize = 3, Range::at_least(0.0), "exponent of the poly kernel";
    "coef0" coef0: f64 = 0.0, Range::ANY, "offset of the poly and sigmoid kernels";
    "tol" tol: f64 = 1e-3, Range::POSITIVE, "violation of the optimality conditions at which the solver stops";
    "shrinking" shrinking: bool = true, Range::ANY, "whether the solver leaves out rows that are likely to stay at a bound";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes have a higher C";
    "max_iter" max_iter: i64 = -1, Range::at_least(-1.0), "bound on the steps per pair; -1: no bound";
    "cache_size" cache_size: f64 = 4000.0, Range::POSITIVE, "megabytes for kernel rows";
}

fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    match Params::read(settings).kernel {
        Kernel::Linear => &["gamma", "degree", "coef0"],
        Kernel::Poly => &[],
        Kernel::Rbf => &["degree", "coef0"],
        Kernel::Sigmoid => &["degree"],
    }
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(kernel_svm::Svc {
        c: params.c,
        kernel: params.kernel,
        gamma: params.gamma,
        degree: u32::try_from(params.degree).unwrap_or(u32::MAX),
        coef0: params.coef0,
        tol: params.tol,
        shrinking: params.shrinking,
        class_weight: params.class_weight,
        max_iter: u64::try_from(params.max_iter).ok(),
        cache_megabytes: params.cache_size,
    }))
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if params.kernel == Kernel::Sigmoid {
        return Err(Refusal::cannot(
            &LINFA,
            "kernel=sigmoid: it has linear, poly and rbf",
        ));
    }
    if point.settings.contains_key("shrinking") && params.shrinking {
        return Err(Refusal::cannot(
            &LINFA,
            "shrinking=true: its shrinking restores the coefficients in the wrong order",
        ));
    }
    if point.settings.contains_key("cache_size") {
        return Err(Refusal::cannot(
            &LINFA,
            "cache_size: it stores the whole kernel matrix",
        ));
    }
    if params.max_iter != -1 {
        return Err(Refusal::cannot(
            &LINFA,
            "max_iter: its bound of 10 million steps per pair is fixed",
        ));
    }
    Ok(Box::new(linfa_adapters::svc::Svc {
        c: params.c,
        kernel: params.kernel,
        gamma: params.gamma,
        degree: params.degree,
        coef0: params.coef0,
        tol: params.tol,
        class_weight: params.class_weight,
    }))
}
