//! `specs!` and `params!`: the parameters of a family, written once as a table.

/// The table of a family's [`Spec`](super::Spec)s, for a family that no built-in engine trains yet:
///
/// ```text
/// const SPECS: &[Spec] = specs! {
///     // name      type   default  range            meaning
///     "C":         f64  = 1.0,     Range::POSITIVE, "cost of a violated margin";
/// };
/// ```
macro_rules! specs {
    ($($name:literal: $kind:ty = $default:expr, $range:expr, $meaning:literal;)*) => {
        &[$($crate::params::Spec {
            name: $name,
            meaning: $meaning,
            range: $range,
            expects: <$kind as $crate::params::Kind>::expects,
            default: || { let default: $kind = $default; $crate::params::Kind::shown(&default) },
            canonical: |value| {
                <$kind as $crate::params::Kind>::read(value).map(|read| $crate::params::Kind::shown(&read))
            },
        }),*]
    };
}

/// Declares the struct of a family's checked parameters and its table of [`Spec`](super::Spec)s:
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
        pub(crate) struct Params { $(pub(crate) $field: $kind),* }

        impl Params {
            pub(crate) const SPECS: &'static [$crate::params::Spec] = $crate::params::declare::specs! {
                $($name: $kind = $default, $range, $meaning;)*
            };

            /// Reads settings that the grid check has passed.
            pub(crate) fn read(settings: &$crate::params::spec::Settings) -> Params {
                Params { $($field: match settings.get($name) {
                    Some(value) => <$kind as $crate::params::Kind>::read(value).expect("checked while the grid was planned"),
                    None => $default,
                }),* }
            }
        }
    };
}
pub(crate) use {params, specs};
