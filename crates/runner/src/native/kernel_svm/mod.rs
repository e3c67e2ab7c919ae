//! Support vector machines with a kernel, by the method of LIBSVM.

pub(crate) mod class_rows;
pub(crate) mod intra_class_kernel;
pub(crate) mod linear_pair;
pub(crate) mod lru_cache;
pub(crate) mod one_vs_one;
pub(crate) mod options;
pub(crate) mod pair_kernel;
pub(crate) mod smo;
pub(crate) mod svc;
pub(crate) mod training;
pub(crate) mod warm_start;
