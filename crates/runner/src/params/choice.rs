//! `choices!`: a parameter that is one of a few words.

/// Declares an enum whose values are words in the grid: `choices! { Weights { Uniform = "uniform", Distance = "distance" } }`.
/// A word that scikit-learn has renamed stands behind the one of today, `LogLoss = "log_loss" | "deviance"`, and is read as it.
macro_rules! choices {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($variant:ident = $word:literal $(| $old:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name { $($variant),+ }

        impl $crate::params::Kind for $name {
            fn read(value: &$crate::params::Value) -> Option<Self> {
                match value {
                    $crate::params::Value::Text(text) => match text.as_str() {
                        $($word $(| $old)* => Some($name::$variant),)+
                        _ => None,
                    },
                    _ => None,
                }
            }
            fn shown(&self) -> $crate::params::Value {
                $crate::params::Value::Text(match self { $($name::$variant => $word),+ }.into())
            }
            fn expects() -> String {
                let words: &[&str] = &[$(concat!("\"", $word, "\"")),+];
                if words.len() == 1 { words[0].into() } else { format!("one of {}", words.join(", ")) }
            }
        }
    };
}
pub(crate) use choices;
