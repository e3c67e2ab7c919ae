//! `params!`: declares the parameters of a family as a table.

/// Declares the struct of a family's checked parameters, and its [`Spec`](super::spec::Spec)s:
///
/// ```text
/// params! {
///     // name      field   type   default  range            meaning
///     "C"          c:      f64  = 1.0,     Range::POSITIVE, "cost of a violated margin";
/// }
/// ```
macro_rules! params {
    ($($name:literal $field:ident: $kind:ty = $default:expr, $range:expr, $meaning:literal;)*) => {
        /// The family's parameters, checked.
        #[derive(Clone, Debug)]
        struct Params { $($field: $kind),* }

        impl Params {
            const SPECS: &'static [$crate::params::spec::Spec] = &[$($crate::params::spec::Spec {
                name: $name,
                meaning: $meaning,
                range: $range,
                expects: <$kind as $crate::params::kind::Kind>::expects,
                default: || {
                    let default: $kind = $default;
                    $crate::params::kind::Kind::to_value(&default)
                },
                canonical: |value| {
                    let parsed = <$kind as $crate::params::kind::Kind>::read(value)?;
                    Some($crate::params::kind::Kind::to_value(&parsed))
                },
            }),*];

            /// Reads settings that have passed the grid check.
            fn read(settings: &$crate::params::spec::Settings) -> Params {
                Params { $($field: match settings.get($name) {
                    Some(value) => <$kind as $crate::params::kind::Kind>::read(value)
                        .expect("the grid check reads every value as this type"),
                    None => $default,
                }),* }
            }
        }
    };
}
pub(crate) use params;
