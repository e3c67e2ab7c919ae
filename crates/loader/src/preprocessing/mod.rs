//! Preprocessing: from the bytes of images to features in floats.
//!
//! To add a method, write its file and add its line to the registry below.

mod method;
mod parameters;
mod registry;
mod scaling;
mod transform;
mod written_form;

pub use parameters::Decimal;
pub use patches::PatchEncoding;
pub use standard::mean_and_deviation;
pub use transform::Transform;
pub use written_form::PreprocessingError;

registry::preprocessings! {
    none: Identity,
    unit: Unit,
    standard: Standard,
    pca: Pca,
    hog: Hog,
    patches: Patches,
    scattering: Scattering,
}
