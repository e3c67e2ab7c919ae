//! Linear support vector machine: a hyperplane a class against the rest, or all of them at once after Crammer and Singer.
//!
//! # Engines
//! - `native`: liblinear's optimum. `hinge` a problem a class, by Newton steps on the loss with its corner rounded off less and less;
//!   `crammer_singer` in the dual as liblinear does it, and where that is not at its end after `max_iter` passes, in the primal;
//!   `squared_hinge` by quasi-Newton steps, with l1 by proximal Newton's, that share each pass over the rows, ten of which count as one of
//!   `max_iter`, where liblinear makes whole Newton steps. Its `tol` bounds the length of the gradient, relative to the start and to how
//!   rare a class is; that of the others the violation of the optimality conditions, as liblinear's.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `penalty` | l2 | l1, l2 | what is added to the loss |
//! | `loss` | squared_hinge | hinge, squared_hinge | what a violated margin costs |
//! | `C` | 1 | above 0 | cost of a violated margin |
//! | `multi_class` | ovr | ovr, crammer_singer | one problem a class, or one for all |
//! | `tol` | 1e-4 | above 0 | the violation at which the solver stops |
//! | `fit_intercept` | true |  | whether a score has a constant |
//! | `intercept_scaling` | 1 | above 0 | value of the constant feature; the larger, the less the intercept is penalised |
//! | `class_weight` | none | none, balanced | whether rare classes cost more |
//! | `max_iter` | 1000 | 1.. | most passes over the rows, of hinge most Newton steps |
//!
//! `hinge` with `l1` is not defined. `crammer_singer` ignores `loss` and `penalty`.
//!
//! # Reference
//! Fan, Chang, Hsieh, Wang, Lin (2008), LIBLINEAR: A Library for Large Linear Classification.

use crate::estimator::class_weight::ClassWeight;
use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal};
use crate::native::linear::smooth_loss::SmoothLoss;
use crate::native::linear::smooth_problem::SmoothProblem;
use crate::native::linear_svm::crammer_singer::CrammerSinger;
use crate::native::linear_svm::one_vs_rest_hinge::OneVsRestHinge;
use crate::params::choice::choices;
use crate::params::declare::params;
use crate::params::range::Range;
use crate::params::spec::Settings;

pub(crate) const FAMILY: Family = Family {
    name: "LinearSVC",
    summary: "linear support vector machine",
    params: Params::SPECS,
    inactive_params,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

choices! {
    /// What is added to the loss.
    Penalty { L1 = "l1", L2 = "l2" }
}

choices! {
    /// What a violated margin costs.
    Loss { Hinge = "hinge", SquaredHinge = "squared_hinge" }
}

choices! {
    /// How more than two classes are treated.
    MultiClass { Ovr = "ovr", CrammerSinger = "crammer_singer" }
}

params! {
    "penalty" penalty: Penalty = Penalty::L2, Range::ANY, "what is added to the loss";
    "loss" loss: Loss = Loss::SquaredHinge, Range::ANY, "what a violated margin costs";
    "C" c: f64 = 1.0, Range::POSITIVE, "cost of a violated margin";
    "multi_class" multi_class: MultiClass = MultiClass::Ovr, Range::ANY, "one problem a class, or one for all";
    "tol" tol: f64 = 1e-4, Range::POSITIVE, "the violation at which the solver stops";
    "fit_intercept" fit_intercept: bool = true, Range::ANY, "whether a score has a constant";
    "intercept_scaling" intercept_scaling: f64 = 1.0, Range::POSITIVE, "value of the constant feature; the larger, the less the intercept is penalised";
    "class_weight" class_weight: ClassWeight = ClassWeight::None, Range::ANY, "whether rare classes cost more";
    "max_iter" max_iter: usize = 1000, Range::at_least(1.0), "most passes over the rows, of hinge most Newton steps";
}

/// Crammer and Singer's problem has a loss and a penalty of its own.
fn inactive_params(settings: &Settings) -> &'static [&'static str] {
    if Params::read(settings).multi_class == MultiClass::CrammerSinger {
        &["loss", "penalty"]
    } else {
        &[]
    }
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let is_it =
        params.multi_class == MultiClass::Ovr && params.loss == Loss::Hinge && params.penalty == Penalty::L1;
    is_it.then(|| "penalty=l1 is not defined with loss=hinge: neither has a slope everywhere".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let constant = params.fit_intercept.then_some(params.intercept_scaling);
    if params.multi_class == MultiClass::CrammerSinger {
        return Ok(Box::new(CrammerSinger {
            c: params.c,
            class_weight: params.class_weight,
            constant,
            tol: params.tol,
            max_iter: params.max_iter,
        }));
    }
    if params.loss == Loss::Hinge {
        return Ok(Box::new(OneVsRestHinge {
            c: params.c,
            class_weight: params.class_weight,
            constant,
            tol: params.tol,
            max_iter: params.max_iter,
        }));
    }
    let strength = params.c.recip();
    Ok(Box::new(SmoothProblem {
        loss: SmoothLoss::SquaredHinge,
        class_weight: params.class_weight,
        penalties: match params.penalty {
            Penalty::L1 => (strength, 0.0),
            Penalty::L2 => (0.0, strength),
        },
        constant,
        penalise_constant: true,
        tol: params.tol,
        max_steps: params.max_iter.saturating_mul(10),
        by_length: true,
    }))
}
