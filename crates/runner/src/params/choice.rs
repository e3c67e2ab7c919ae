//! `words!` and `choices!`: a parameter that is one of a few words.

/// Gives the variants of an enum their words in a grid: `words! { Weights { Uniform = "uniform", Distance = "distance" } }`.
/// Words that scikit-learn used before follow the word of today, `LogLoss = "log_loss" | "deviance"`, and are read as it.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal $(| $old:literal)*),+ $(,)? }) => {
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
