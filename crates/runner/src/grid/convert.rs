//! Recomputes the identities of the committed rows, once.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::families;
use crate::grid::identity::{CellId, Problem};
use crate::grid::trainer::FamilyRef;
use crate::families::method_kind::MethodKind;
use crate::params::column::params_column;
use crate::params::spec::Settings;
use crate::params::value::Value;

fn settings(family: &FamilyRef, params: &str) -> Settings {
    let mut settings = Settings::new();
    for pair in params.split(';').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap();
        let read = Value::read(text);
        let value = match family {
            FamilyRef::Registry(family) => {
                let spec = family.params.iter().find(|spec| spec.name == name).unwrap();
                let as_list = match &read {
                    Value::List(_) => read.clone(),
                    other => other.clone(),
                };
                [as_list, Value::Text(text.into())]
                    .iter()
                    .find_map(|value| spec.check(value).ok())
                    .unwrap_or_else(|| panic!("{name}={text}"))
            }
            FamilyRef::Command(..) => read,
        };
        settings.insert(name.into(), value);
    }
    settings
}

#[test]
#[ignore = "run once"]
fn convert() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/published");
    let (mut n, mut unversioned, mut same_params) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "csv") || path.ends_with("machines.csv") {
            continue;
        }
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let header = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
        let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
        out.write_record(&header).unwrap();
        for row in &rows {
            let get = |name: &str| &row[header.iter().position(|column| column == name).unwrap()];
            let family = match families::find(get("classifier")) {
                Some(family) => FamilyRef::Registry(family),
                None => FamilyRef::Command(get("classifier").into(), MethodKind::Other),
            };
            let all = settings(&family, get("params"));
            assert_eq!(params_column(&all), get("params"));
            same_params += 1;
            let is_built_in = ["native", "linfa"].contains(&get("engine"));
            let params = if get("status") == "refused" && is_built_in {
                params_column(&all)
            } else {
                params_column(&family.effective_settings(&all))
            };
            let old = [
                "cell 1",
                get("dataset"),
                get("data_sha256"),
                get("preprocessing"),
                get("classifier"),
                get("engine"),
                &params,
                get("n_train"),
                get("n_test"),
            ]
            .join("\n");
            let digest = Sha256::digest(format!("{old}\nrepeat {}\nseed {}", get("repeat"), get("seed")));
            let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            if hex != get("cell_id") {
                println!("{} {} {} {} {}: other id under schema 1", path.display(), get("classifier"), get("engine"), get("params"), get("status"));
            }
            let problem = Problem {
                dataset: get("dataset"),
                data_sha256: get("data_sha256"),
                preprocessing: get("preprocessing"),
                classifier: get("classifier"),
                engine: get("engine"),
                engine_identity: "",
                params: &params,
                n_train: get("n_train").parse().unwrap(),
                n_test: get("n_test").parse().unwrap(),
            };
            let id = CellId::new(&problem.text(), get("repeat").parse().unwrap(), get("seed").parse().unwrap()).0;
            let id = if is_built_in {
                id
            } else {
                unversioned += 1;
                format!("unversioned-{id}")
            };
            let fields: Vec<&str> = row.iter().enumerate().map(|(i, field)| if &header[i] == "cell_id" { id.as_str() } else { field }).collect();
            out.write_record(&fields).unwrap();
            n += 1;
        }
        std::fs::write(&path, out.into_inner().unwrap()).unwrap();
    }
    println!("{n} rows, {unversioned} without a version, {same_params} params read back");
}
