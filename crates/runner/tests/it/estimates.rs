//! What a run will cost: from the rows that are there.

use crate::support::{Folder, QUICK};

#[test]
fn the_plan_has_the_cost_of_cells_whose_point_has_a_row() {
    let other = QUICK.replace("BernoulliNB", "NearestCentroid");
    let folder = Folder::with_grid(&format!("{QUICK}{other}"));
    let plan = ["grid.toml", "--plan", "--repeats", "2", "--jobs", "2", "--fresh"];
    let unknown = folder.run(&plan);
    assert!(!unknown.out.contains("about"), "{}", unknown.out);
    folder.run(&["grid.toml", "--only", "BernoulliNB"]).code(0);
    let known = folder.run(&plan);
    assert_eq!(known.out.matches(" · about ").count(), 2, "{}", known.out);
    for text in [
        "for what is due, 2 in parallel with 1 thread each",
        "2 more cells without an estimate",
    ] {
        assert!(known.out.contains(text), "no `{text}` in {}", known.out);
    }
    assert!(!known.out.contains("other machines"), "{}", known.out);

    let rows = folder.rows();
    let machine = &rows[0].machine;
    let text = String::from_utf8(folder.results().unwrap()).unwrap();
    folder.write("results/grid.csv", text.replace(machine.as_str(), "00112233"));
    let elsewhere = folder.run(&plan);
    let text = "times of other machines: 00112233, as they are";
    assert!(elsewhere.out.contains(text), "no `{text}` in {}", elsewhere.out);
}
