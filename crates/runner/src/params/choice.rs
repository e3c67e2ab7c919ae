//! `words!` and `choices!`: parameters whose value is one word of a short list.

/// Gives the variants of an enum their words in a grid: `words! { Weights { Uniform = "uniform", Distance = "distance" } }`.
/// A word may be followed by older scikit-learn words for it, `LogLoss = "log_loss" | "deviance"`; they are read as the first.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal $(| $old:literal)*),+ $(,)? }) => {
        impl $crate::params::kind::Kind for $name {
            fn read(value: &$crate::params::value::Value) -> Option<Self> {
                match value {
                    $crate::params::value::Value::Text(text) => match text.as_str() {
                        $($word $(| $old)* => Some($name::$variant),)+
                        _ => None,
                    },
                    _ => None,
                }
            }
            fn to_value(&self) -> $crate::params::value::Value {
                $crate::params::value::Value::Text(match self { $($name::$variant => $word),+ }.into())
            }
            fn expects() -> String {
                let words: &[&str] = &[$(concat!("\"", $word, "\"")),+];
                if words.len() == 1 { words[0].into() } else { format!("one of {}", words.join(", ")) }
            }
        }
    };
}
pub(crate) use words;

/// Declares an enum together with its words: `choices! { Weights { Uniform = "uniform", Distance = "distance" } }`.
macro_rules! choices {
    ($(#[$doc:meta])* $visibility:vis $name:ident { $($variant:ident = $word:literal $(| $old:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name { $($variant),+ }

        $crate::params::choice::words! { $name { $($variant = $word $(| $old)*),+ } }
    };
}
pub(crate) use choices;
