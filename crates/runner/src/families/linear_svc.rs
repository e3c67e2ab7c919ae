//! Linear support vector machine: one class against the rest, or all classes at once (Crammer and Singer).
//!
//! # Engines
//! - `native`: the optimum of liblinear.
//!   - `hinge`: one problem per class, by Newton steps on a smoothed loss whose smoothing width decreases.
//!   - `squared_hinge`: L-BFGS, with l1 proximal Newton. All classes share each pass over the rows. Ten passes count as one iteration,
//!     since liblinear makes whole Newton steps. `tol` bounds the gradient norm relative to the start and to the share of the rarer side.
//!   - `crammer_singer`: the dual method of liblinear, which makes up to 100,000 passes whatever its `max_iter`. Here `max_iter` bounds the
//!     passes over 60,000 rows, and with fewer rows the same work, up to 100,000 passes: with 4,000 rows 15,000. A primal search follows if the
//!     method does not converge in them, or is so slow that it would need more than twice as many.
//!   - `tol` of the other two bounds the violation of the optimality conditions, as in liblinear.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | l2 | l1, l2 | penalty on the weights |
//! | `loss` | squared_hinge | hinge, squared_hinge | loss of a violated margin |
//! | `C` | 1 | above 0 | cost of a violated margin |
//! | `multi_class` | ovr | ovr, crammer_singer | one problem per class, or one for all classes |
//! | `tol` | 1e-4 | above 0 | tolerance at which the solver stops |
//! | `fit_intercept` | true |  | whether the score has an intercept |
//! | `intercept_scaling` | 1 | above 0, at most 1e5 | value of the constant feature; larger values penalize the intercept less |
//! | `class_weight` | none | none, balanced | whether rare classes have a higher weight |
//! | `max_iter` | 1000 | 1.. | bound on the passes over the rows (crammer_singer: over 60,000 of them); for hinge, on the Newton steps |
//!
//! `hinge` with `l1` is not defined. `crammer_singer` ignores `loss` and `penalty`.
//!
//! # Reference
//! Fan, Chang, Hsieh, Wang, Lin (2008), LIBLINEAR: A Library for Large Linear Classification.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::linear::intercept_scaling::{MAX_INTERCEPT_SCALING, REASON};
use crate::native::linear::{ElasticNet, LinearLoss, SmoothLinear};
use crate::native::linear_svm::{CrammerSinger, OneVsRestHinge};
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "LinearSVC",
    summary: "linear support vector machine",
    kind: MethodKind::Linear,
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &[],
        growth,
        note: "",
        build: native,
    }],
};

choices! {
    /// Penalty on the weights.
    Penalty { L1 = "l1", L2 = "l2" }
}

choices! {
    /// Loss of a violated margin.
    Loss { Hinge = "hinge", SquaredHinge = "squared_hinge" }
}

choices! {
    /// Problems for more than two classes.
    MultiClass { Ovr = "ovr", CrammerSinger = "crammer_singer" }
}

params! {
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "penalty on the weights";
    "loss" loss: Loss = Loss::SquaredHinge, Range::ANY, "loss of a violated margin";
    "C" c: f64 = 1.0, Range::POSITIVE, "cost of a violated margin";
    "multi_class" multi_class: MultiClass = MultiClass::Ovr, Range::ANY, "one problem per class, or one for all classes";
    "tol" tol: f64 = 1e-4, Range::POSITIVE, "tolerance at which the solver stops";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether the score has an intercept";
    "intercept_scaling" intercept_scaling: f64 = 1.0, Range::above(0.0, MAX_INTERCEPT_SCALING).because(REASON), "value of the constant feature; larger values penalize the intercept less";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes have a higher weight";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "bound on the passes over the rows (crammer_singer: over 60,000 of them); for hinge, on the Newton steps";
}

/// The problem of Crammer and Singer has its own loss and penalty.
fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).multi_class == MultiClass::CrammerSinger {
        &["loss", "penalty"]
    } else {
        &[]
    }
}

/// As measured on Fashion-MNIST: with l1 and C = 10 and 100, 4,500 rows take 47 s and 98 s, and 60,000 rows 57 s and 80 s.
fn growth(settings: &Settings) -> Growth {
    let params = Params::read(settings);
    let is_weak_l1 = params.penalty == Penalty::L1 && params.multi_class == MultiClass::Ovr && params.c > 1.0;
    let is_hinge = params.loss == Loss::Hinge && params.multi_class == MultiClass::Ovr;
    if params.multi_class == MultiClass::CrammerSinger {
        // As measured: with C = 1, 10 and 100, 4,500 rows take 6 to 7 s in the dual, 60,000 rows 26, 28 and 29 s in the primal, which holds
        // the rows as floats: 353 MiB.
        return Growth::UNKNOWN.with_fit(0.4, 0.6).with_bytes_per_pixel(7.5);
    }
    // As measured: 26 MiB with 1,500 rows, 39 MiB with 4,500, 105 MiB with 60,000.
    let growth = Growth::UNKNOWN.with_memory(if is_hinge { 0.5 } else { 1.0 });
    if is_weak_l1 {
        growth.with_fit(0.0, 0.1)
    } else {
        growth.with_fit(0.7, 0.9)
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let is_undefined =
        params.multi_class == MultiClass::Ovr && params.loss == Loss::Hinge && params.penalty == Penalty::L1;
    is_undefined.then(|| "penalty=l1 with loss=hinge is not defined: neither is smooth".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let intercept_scaling = params.fit_intercept.then_some(params.intercept_scaling);
    if params.multi_class == MultiClass::CrammerSinger {
        return Ok(Box::new(CrammerSinger {
            c: params.c,
            class_weight: params.class_weight,
            intercept_scaling,
            tol: params.tol,
            max_iter: params.max_iter,
        }));
    }
    if params.loss == Loss::Hinge {
        return Ok(Box::new(OneVsRestHinge {
            c: params.c,
            class_weight: params.class_weight,
            intercept_scaling,
            tol: params.tol,
            max_iter: params.max_iter,
        }));
    }
    let strength = params.c.recip();
    let (l1, l2) = match params.penalty {
        Penalty::L1 => (strength, 0.0),
        Penalty::L2 => (0.0, strength),
    };
    Ok(Box::new(SmoothLinear {
        loss: LinearLoss::SquaredHinge,
        penalty: ElasticNet { l1, l2 },
        class_weight: params.class_weight,
        intercept_scaling,
        penalize_intercept: true,
        tol: params.tol,
        max_iter: params.max_iter.saturating_mul(10),
        liblinear_tolerance: true,
    }))
}
