//! What a program is told of its shop.

use pawnshop_domain::{FlowName, IdError, ShopName};
use pawnshop_messaging::RetrySchedule;
use pawnshop_runtime::settings::{Settings, closest, parse};

/// The shop's name. `None`: it is faulty, which is noted.
pub fn name(settings: &mut Settings) -> Option<ShopName> {
    settings.value("shop", shop_name)
}

/// The flows that a program is for: those of its setting `flows`, or of all that it knows those that it serves unasked.
/// `None`: one of them is faulty, which is noted.
pub fn flows(
    settings: &mut Settings,
    known: impl Iterator<Item = (FlowName, bool)>,
) -> Option<Vec<FlowName>> {
    let known: Vec<_> = known.collect();
    if !settings.is_given("flows") {
        return Some(known.into_iter().filter_map(|(flow, unasked)| unasked.then_some(flow)).collect());
    }
    let known: Vec<FlowName> = known.into_iter().map(|(flow, _)| flow).collect();
    let flows = settings.optional("flows", parse::list(|name| known_flow(name, &known)))?;
    if let Some(twice) = repeated(&flows) {
        settings.fault("flows", format!("\"{twice}\" is listed twice"));
    }
    Some(flows)
}

/// After which delays an event that failed is tried again. `None`: one of them is faulty, which is noted.
pub fn schedule(settings: &mut Settings) -> Option<RetrySchedule> {
    settings.value("retry-delays", parse::list(parse::duration)).map(RetrySchedule::new)
}

fn shop_name(text: &str) -> Result<ShopName, String> {
    let (namespace, name) =
        text.split_once('/').ok_or_else(|| "must be NAMESPACE/NAME, such as default/downtown".to_owned())?;
    ShopName::new(namespace, name).map_err(|error| error.to_string())
}

fn known_flow(name: &str, known: &[FlowName]) -> Result<FlowName, String> {
    let flow: FlowName = name.parse().map_err(|error: IdError| error.to_string())?;
    if known.contains(&flow) {
        return Ok(flow);
    }
    let known: Vec<&str> = known.iter().map(FlowName::as_str).collect();
    Err(match closest(name, known.iter().copied()) {
        Some(closest) => format!("there is no such flow; did you mean {closest}?"),
        None => format!("there is no such flow; there are {}", known.join(", ")),
    })
}

fn repeated(flows: &[FlowName]) -> Option<&FlowName> {
    let twice = |(index, flow): &(usize, &FlowName)| flows[..*index].contains(flow);
    flows.iter().enumerate().find(twice).map(|(_, flow)| flow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_flow_is_answered_with_the_one_that_was_meant_or_with_all() {
        let known = ["item", "buy-actions"].map(|name| name.parse().unwrap());
        let told = |name: &str| known_flow(name, &known).map(|flow| flow.to_string()).unwrap_err();
        assert_eq!(told("items"), "there is no such flow; did you mean item?");
        assert_eq!(told("rent"), "there is no such flow; there are item, buy-actions");
        assert_eq!(known_flow("item", &known).unwrap(), known[0]);
    }

    #[test]
    fn a_flow_that_is_listed_twice_is_found() {
        let [item, buy]: [FlowName; 2] = ["item", "buy-actions"].map(|name| name.parse().unwrap());
        assert_eq!(repeated(&[item.clone(), buy.clone()]), None);
        assert_eq!(repeated(&[item.clone(), buy, item.clone()]), Some(&item));
    }

    #[test]
    fn a_shop_is_named_with_its_namespace() {
        let told = shop_name("downtown").unwrap_err();
        assert_eq!(told, "must be NAMESPACE/NAME, such as default/downtown");
        assert_eq!(shop_name("test/downtown").unwrap(), ShopName::new("test", "downtown").unwrap());
    }
}
