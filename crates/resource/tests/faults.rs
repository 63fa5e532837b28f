//! Bad files, each with everything that is said about it.

use pawnshop_domain::FlowName;
use pawnshop_resource::PawnShop;

fn with_spec(spec: &str) -> String {
    format!("apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {{name: downtown}}\nspec: {spec}\n")
}

#[test]
fn every_fault_is_told_with_its_path() {
    let table = [
        ("an empty file", "".to_owned()),
        ("only comments", "# nothing\n---\n".to_owned()),
        ("two documents", format!("{}---\n{}", with_spec("{}"), with_spec("{}"))),
        ("not yaml", "spec: [1, 2\nkind: PawnShop\n".to_owned()),
        ("a tab", "spec:\n\tpools: []\n".to_owned()),
        ("a field given twice", "kind: PawnShop\nkind: PawnShop\n".to_owned()),
        ("not a map", "- PawnShop\n".to_owned()),
        ("another kind", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 1}\n".to_owned()),
        ("nothing but a kind", "kind: PawnShop\n".to_owned()),
        ("no name", "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {nam: downtown}\nspec: {}\n".to_owned()),
        ("bad names", "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {name: Down_Town, namespace: -x}\nspec: {}\n".to_owned()),
        ("a number for a name", "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {name: 12}\nspec: {}\n".to_owned()),
        ("mistyped fields", with_spec("{poosl: [], dispatcher: {replica: 2}}")),
        ("pools that are a map", with_spec("{pools: {items: [item]}}")),
        ("a pool without anything", with_spec("{pools: [{}, 7]}")),
        ("types and rules together", with_spec(
        "{pools: [{name: items, flows: [item, item], autoscaling: {min: one, max: 2.5}}, \
         {name: items, flows: [item, buy-action], autoscaling: {min: 0, backlogPerWorker: 0}}]}")),
        ("more than the maximum", with_spec("{pools: [{name: a, flows: [item], autoscaling: {min: 12}}]}")),
        ("min over max", with_spec("{pools: [{name: a, flows: [item], autoscaling: {min: 3, max: 2}}]}")),
        ("numbers out of range", with_spec(
        "{pools: [{name: a, flows: [item], autoscaling: {min: -1, max: 0, backlogPerWorker: -5, \
         scaleInStabilizationSeconds: 99999999999999999999}}]}")),
        ("nobody works", with_spec(
        "{pools: [{name: a, flows: [item], autoscaling: {min: 0}}, {name: b, flows: [buy-actions], autoscaling: {min: 0}}]}")),
        ("reserved and malformed names", with_spec(
        "{pools: [{name: workers, flows: [dead, retry-1s]}, {name: Items, flows: [Item, a_b]}, \
         {name: a-name-that-is-far-too-long, flows: []}, {name: '', flows: ['']}]}")),
        ("too many pools, of flows that are not there", with_spec(&format!(
                "{{pools: [{}]}}",
                (0..33).map(|n| format!("{{name: p{n}, flows: [buy-actions-{n}]}},")).collect::<String>()
            ))),
        ("secrets given as text", with_spec("{broker: {uri: 'amqp://u:p@h'}, store: {uri: {secretKeyRef: {name: mongo}}}}")),
    ];
    let served: Vec<FlowName> =
        ["item", "buy-actions", "sell-actions", "pawn-actions"].map(|name| name.parse().unwrap()).to_vec();
    let said_about = |text: &str| PawnShop::parse(text, Some(&served)).unwrap_err().to_string();
    let told = table.map(|(what, text)| format!("# {what}\n{}\n", said_about(&text)));
    insta::assert_snapshot!(told.join("\n"));
}
