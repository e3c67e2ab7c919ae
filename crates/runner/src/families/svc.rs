//! Support vector classification: for every pair of classes the hyperplane of widest margin in the kernel's space; the pairs vote.
//!
//! # Engines
//! - `native`: all rows. Steps, stopping rule and shrinking are libsvm's, so that `tol` means the same. Kernel rows are computed in f32 by
//!   matrix products, only when the solver asks for them; margins, coefficients and decisions are f64. Similarities within a class are
//!   shared by its pairs. Of a kernel that is positive definite, pairs of 2,000 rows and more start from the solution of one row in eight;
//!   the stopping rule is the same. With a linear kernel and three times as many rows as features, a pair that is not settled within 50,000 steps
//!   is solved in its features by Newton steps, to the same rule. `cache_size` changes speed alone, and so does `shrinking` but for the last steps within `tol`; a sigmoid
//!   kernel, whose problem may have several ends, may reach another.
//! - `linfa`: one dense `n × n` kernel of f64 a pair, filled entry by entry (1.15 GB for 12,000 rows), so that time and memory
//!   grow with the square of the rows; kernels linear, poly and rbf. It stops after 10 million steps a pair; no `max_iter`. It
//!   trains without shrinking, which changes speed alone: linfa's puts the coefficients back in the wrong order.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `C` | 1 | above 0 | cost of a violated margin |
//! | `kernel` | rbf | linear, poly, rbf, sigmoid | similarity of two rows |
//! | `gamma` | scale | scale, auto, above 0 | factor on products or squared distances; scale: 1/(features × variance), auto: 1/features |
//! | `degree` | 3 | 0.. | power of the poly kernel |
//! | `coef0` | 0 | | constant of the poly and sigmoid kernels |
//! | `tol` | 1e-3 | above 0 | the violation at which the solver stops |
//! | `shrinking` | true | | whether the solver sets rows aside that it thinks are settled |
//! | `class_weight` | none | none, balanced | whether C grows as a class is rarer |
//! | `max_iter` | -1 | -1, 1.. | most steps a pair; -1: no bound |
//! | `cache_size` | 4000 | above 0 | megabytes for kernel rows, of all pairs together, at most half of the cell's memory limit; linfa has no cache |
//!
//! A pair's vote goes to the lower class where its decision is above 0, else to the higher; equal votes go to the lower class.
//!
//! # Reference
//! Chang, Lin (2011), LIBSVM: A Library for Support Vector Machines.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::estimator::svm_kernel::{Gamma, Kernel};
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_defined};
use crate::linfa_adapters::svc::Linfa;
use crate::native::kernel_svm::svc::Native;
use crate::params::choice::words;
use crate::params::declare::params;
use crate::params::kind::Kind;
use crate::params::range::Range;
use crate::params::spec::Settings;
use crate::params::value::Value;

pub(crate) const FAMILY: Family = Family {
    name: "SVC",
    summary: "support vector machine, one against one",
    params: Params::SPECS,
    inactive_params,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            note: "kernels in f32",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: None,
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
    "kernel" kernel: Kernel = Kernel::Rbf, Range::ANY, "similarity of two rows";
    "gamma" gamma: Gamma = Gamma::Scale, Range::POSITIVE, "factor on products or squared distances";
    "degree" degree: usize = 3, Range::at_least(0.0), "power of the poly kernel";
    "coef0" coef0: f64 = 0.0, Range::ANY, "constant of the poly and sigmoid kernels";
    "tol" tol: f64 = 1e-3, Range::POSITIVE, "the violation at which the solver stops";
    "shrinking" shrinking: bool = true, Range::ANY, "whether the solver sets settled rows aside";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether C grows as a class is rarer";
    "max_iter" max_iter: i64 = -1, Range::at_least(-1.0), "most steps a pair; -1: no bound";
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
    Ok(Box::new(Native(Params::read(point.settings))))
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
            "shrinking=true: it puts the coefficients back in the wrong order",
        ));
    }
    if point.settings.contains_key("cache_size") {
        return Err(Refusal::cannot(&LINFA, "cache_size: it holds the whole kernel"));
    }
    if params.max_iter != -1 {
        return Err(Refusal::cannot(
            &LINFA,
            "max_iter: its bound of 10 million steps a pair is fixed",
        ));
    }
    Ok(Box::new(Linfa(params)))
}
