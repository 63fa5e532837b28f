use super::shops::{FULL, LONGEST, regime, shop};
use super::strings;
use crate::build::Child;
use crate::build::scaled_object;
use crate::render::document;
use crate::validate::validate;

const ADDRESS: &str = "pawnshop-operator-scaler.pawnshop-system.svc:6000";

/// The ScaledObjects of a shop's pools that follow their backlog.
fn scaled_objects(yaml: &str) -> Vec<Child> {
    let validated = validate(&shop(yaml)).unwrap();
    let pools = validated.pools.iter().filter(|pool| pool.pool.autoscaled);
    pools.map(|pool| scaled_object::of(&validated, pool, &regime(), ADDRESS)).collect()
}

#[test]
fn a_pool_that_keda_scales() {
    let [items, ..] = &scaled_objects(FULL)[..] else { panic!("the pool items is scaled") };
    insta::assert_snapshot!(document(items).unwrap());
}

#[test]
fn the_hpa_that_keda_makes_has_a_name_that_fits_a_label() {
    for child in scaled_objects(LONGEST) {
        let name = child.object["metadata"]["name"].as_str().unwrap();
        assert!(format!("keda-hpa-{name}").len() <= 63, "{name}");
    }
}

#[test]
fn keda_goes_to_zero_only_after_its_hpa_could_have_scaled_in() {
    let at_once = "autoscaling: {min: 0, max: 10, scaleInStabilizationSeconds: 0}";
    let yaml = FULL.replace("autoscaling: {min: 0, max: 10, backlogPerWorker: 200}", at_once);
    for child in scaled_objects(FULL).into_iter().chain(scaled_objects(&yaml)) {
        let spec = &child.object["spec"];
        let behavior = &spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"];
        let window = behavior["scaleDown"]["stabilizationWindowSeconds"].as_u64().unwrap();
        for idle in ["cooldownPeriod", "initialCooldownPeriod"] {
            assert!(spec[idle].as_u64().unwrap() >= window + 30, "{spec}");
        }
        assert_eq!(spec["fallback"], serde_json::Value::Null);
        assert!(strings(&spec["triggers"]).is_empty(), "a trigger is an object");
        assert_eq!(spec["triggers"].as_array().unwrap().len(), 1);
    }
}
