//! What a platform engineer looks for in a pod, and what the programs take.

use super::shops::{FULL, LONGEST, MINIMAL, shop, shops};
use super::{built, container, deployments, object, strings};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FLEET: &str = include_str!("../../../../docs/FLEET.md");

/// The table of a program's settings in the documentation.
fn documented(program: &str) -> &'static str {
    let from = FLEET.find(&format!("### {program}")).unwrap();
    let table = &FLEET[from..];
    table[4..].find("###").map_or(table, |end| &table[..end + 4])
}

#[test]
fn pods_are_restricted() {
    for shop in shops() {
        for deployment in deployments(&built(&shop)) {
            let pod = &deployment["spec"]["template"]["spec"];
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
            assert_eq!(pod["securityContext"]["runAsUser"], 65532);
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
            for forbidden in ["hostNetwork", "hostPID", "hostIPC"] {
                assert!(pod.get(forbidden).is_none(), "{forbidden}");
            }
            let security = &container(deployment)["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"], false);
            assert_eq!(security["readOnlyRootFilesystem"], true);
            assert_eq!(security["capabilities"]["drop"], json!(["ALL"]));
            for volume in pod["volumes"].as_array().into_iter().flatten() {
                assert!(volume.get("projected").is_some(), "{volume}");
            }
        }
    }
}

#[test]
fn every_flag_and_variable_is_one_that_the_program_has() {
    for shop in shops() {
        for deployment in deployments(&built(&shop)) {
            let container = container(deployment);
            let program = strings(&container["command"])[0];
            let table = documented(program);
            let flags = strings(&container["args"]);
            let names: Vec<&str> = flags.iter().map(|flag| flag.split_once('=').unwrap().0).collect();
            for name in &names {
                assert!(table.contains(&format!("| `{name} ")), "{program} has no {name}");
            }
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
            let variables = container["env"].as_array().unwrap().iter();
            let variables = variables.filter_map(|variable| variable["name"].as_str());
            let own = |name: &&str| {
                !name.starts_with("RABBITMQ_") && !["PAWNSHOP_POOL_CONFIG", "RUST_LOG"].contains(name)
            };
            for name in variables.filter(own) {
                assert!(table.contains(&format!("| `{name}` |")), "{program} has no {name}");
            }
        }
    }
}

#[test]
fn secrets_are_named_in_variables_and_never_held() {
    for shop in shops() {
        for deployment in deployments(&built(&shop)) {
            for variable in container(deployment)["env"].as_array().unwrap() {
                let name = variable["name"].as_str().unwrap();
                let composed = name == "BROKER_URI"
                    && variable["value"].as_str().is_some_and(|uri| uri.contains("$(RABBITMQ_PASSWORD)"));
                if name.ends_with("_URI") && !composed {
                    assert!(variable["valueFrom"]["secretKeyRef"].is_object(), "{variable}");
                }
            }
        }
    }
}

#[test]
fn the_kubelet_can_put_the_uri_together_since_its_parts_stand_before_it() {
    let children = built(&shop(LONGEST));
    for deployment in deployments(&children) {
        let variables = container(deployment)["env"].as_array().unwrap();
        let place = |name: &str| variables.iter().position(|variable| variable["name"] == name).unwrap();
        for part in ["RABBITMQ_USERNAME", "RABBITMQ_PASSWORD", "RABBITMQ_HOST", "RABBITMQ_PORT"] {
            assert!(place(part) < place("BROKER_URI"));
            assert!(
                variables[place("BROKER_URI")]["value"].as_str().unwrap().contains(&format!("$({part})"))
            );
        }
    }
}

#[test]
fn a_pools_configuration_reaches_it_as_it_is() {
    let children = built(&shop(FULL));
    let environment = &container(object(&children, "Deployment", "uptown-appraisals"))["env"];
    let config = environment.as_array().unwrap().iter().find(|one| one["name"] == "PAWNSHOP_POOL_CONFIG");
    let written = config.unwrap()["value"].as_str().unwrap();
    // The kubelet makes `$` of `$$`.
    let read: Value = serde_json::from_str(&written.replace("$$", "$")).unwrap();
    assert_eq!(read, json!({"appraisals": {"currency": "$(BROKER_URI)", "factor": 1.5}}));
    assert!(written.contains("$$(BROKER_URI)"), "{written}");
}

#[test]
fn probes_and_services_name_ports_that_the_pods_have() {
    for shop in shops() {
        let children = built(&shop);
        let mut served = BTreeSet::new();
        for deployment in deployments(&children) {
            let container = container(deployment);
            let ports = container["ports"].as_array().unwrap().iter();
            let names: BTreeSet<&str> = ports.filter_map(|port| port["name"].as_str()).collect();
            for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                let port = container[probe]["httpGet"]["port"].as_str().unwrap();
                assert!(names.contains(port), "{probe}: {port}");
            }
            assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/healthz");
            assert_eq!(container["readinessProbe"]["httpGet"]["path"], "/readyz");
            served.extend(names.into_iter().map(str::to_owned));
        }
        for service in children.iter().filter(|child| child.resource.kind == "Service") {
            let port = service.object["spec"]["ports"][0]["targetPort"].as_str().unwrap();
            assert!(served.contains(port), "{port}");
        }
    }
}

#[test]
fn dispatchers_find_their_workers_by_a_service_and_port_that_are_there() {
    for shop in shops() {
        let children = built(&shop);
        let name = format!("{}-dispatcher", shop.metadata.name.clone().unwrap());
        let flags = strings(&container(object(&children, "Deployment", &name))["args"]);
        let source = flags.iter().find_map(|flag| flag.strip_prefix("--workers=kubernetes:")).unwrap();
        let (namespace, rest) = source.split_once('/').unwrap();
        let (service, port) = rest.split_once(':').unwrap();
        assert_eq!(namespace, "shops");
        let service = object(&children, "Service", service);
        assert_eq!(service["spec"]["ports"][0]["name"], port);
        assert_eq!(service["spec"]["clusterIP"], "None");
    }
}

#[test]
fn updates_take_no_capacity_and_pods_end_in_time() {
    for shop in shops() {
        for deployment in deployments(&built(&shop)) {
            let strategy = &deployment["spec"]["strategy"]["rollingUpdate"];
            assert_eq!((&strategy["maxUnavailable"], &strategy["maxSurge"]), (&json!(0), &json!("25%")));
            let grace =
                deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
            let flags = strings(&container(deployment)["args"]);
            let seconds = |name: &str| -> u64 {
                let value = flags.iter().find_map(|flag| flag.strip_prefix(name));
                value.map_or(0, |value| value.trim_end_matches('s').parse().unwrap())
            };
            assert!(seconds("--drain-deadline=") + seconds("--accept-after-stop=") < grace, "{flags:?}");
        }
    }
}

#[test]
fn files_of_certificates_are_mounted_where_the_flags_say() {
    let children = built(&shop(FULL));
    let workers = object(&children, "Deployment", "uptown-items");
    let flags = strings(&container(workers)["args"]);
    let mounts = container(workers)["volumeMounts"].as_array().unwrap();
    let files = ["--broker-ca-file=", "--broker-certificate-file=", "--broker-key-file=", "--store-ca-file="];
    for file in files {
        let path = flags.iter().find_map(|flag| flag.strip_prefix(file)).unwrap();
        let (directory, name) = path.rsplit_once('/').unwrap();
        let mount = mounts.iter().find(|mount| mount["mountPath"] == directory).unwrap();
        let volumes = workers["spec"]["template"]["spec"]["volumes"].as_array().unwrap();
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]).unwrap();
        let sources = volume["projected"]["sources"].as_array().unwrap();
        assert!(sources.iter().any(|source| source["secret"]["items"][0]["path"] == name), "{path}");
    }
    let dispatcher = object(&children, "Deployment", "uptown-dispatcher");
    assert!(!strings(&container(dispatcher)["args"]).iter().any(|flag| flag.contains("store")));
}

#[test]
fn a_dispatcher_is_told_the_flows_of_all_pools_that_it_can_know() {
    let flows = |yaml: &str, name: &str| {
        let children = built(&shop(yaml));
        let flags = strings(&container(object(&children, "Deployment", name))["args"]);
        flags.iter().find_map(|flag| flag.strip_prefix("--flows=")).unwrap().to_owned()
    };
    let all = "buy-actions,item,pawn-actions,sell-actions";
    assert_eq!(flows(FULL, "uptown-dispatcher"), all, "not the flow of a pool's own image");
    assert_eq!(flows(MINIMAL, "downtown-dispatcher"), flows(MINIMAL, "downtown-default"));
    assert_eq!(flows(LONGEST, "a23456789012345678901234567890-dispatcher"), "buy-actions,item");
}
