//! What the operator would apply, without an operator and without a cluster.

#[cfg(test)]
#[allow(dead_code, reason = "each test program uses its part of what they share")]
mod support;

#[cfg(test)]
mod tests {
    use super::support::{pawnshop, run, said};
    use std::io::Write;
    use std::process::Stdio;

    const SHOP: &str = "\
apiVersion: pawnshop.dev/v1alpha1
kind: PawnShop
metadata: {name: downtown}
spec:
  broker: {uri: {secretKeyRef: {name: rabbit, key: uri}}}
  store: {uri: {secretKeyRef: {name: mongo, key: uri}}}
";

    /// What `render` says to this shop on standard input.
    fn render(shop: &str, arguments: &[&str]) -> super::support::Said {
        let mut command = pawnshop(&[&["render", "-f", "-"], arguments].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(shop.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }

    #[test]
    fn a_pool_with_config_is_rendered_with_it_and_a_shop_without_pools_has_no_flow_that_needs_any() {
        let file = super::support::examples().join("kubernetes/presence.yaml");
        let rendered = run(&["render", "-f", file.to_str().unwrap()]);
        assert_eq!((rendered.code, rendered.err.as_str()), (Some(0), ""), "{rendered:?}");
        for line in [
            "- --flows=buy-actions,item,pawn-actions,presence,sell-actions",
            "- --flows=presence",
            r#"{\"concurrency\":100,\"lookupSeconds\":10,\"objectsUri\":\"https://objects.example.com/v1\",\"seenForSeconds\":30}"#,
        ] {
            assert!(rendered.out.contains(line), "{line} in\n{}", rendered.out);
        }
        assert!(!render(SHOP, &[]).out.contains("presence"));
    }

    #[test]
    fn a_shop_is_rendered_as_documents_that_need_no_cluster() {
        let rendered = render(SHOP, &[]);
        assert_eq!((rendered.code, rendered.err.as_str()), (Some(0), ""), "{rendered:?}");
        for line in [
            "kind: Deployment",
            "name: downtown-dispatcher",
            "namespace: default",
            "pawnshop.dev/secrets-hash: by-the-operator",
            "# replicas: 1, written through the scale subresource",
        ] {
            assert!(rendered.out.contains(line), "{line} in\n{}", rendered.out);
        }
        assert!(!rendered.out.contains("ownerReferences"));
    }

    #[test]
    fn flags_say_what_the_operator_would_know_of_its_cluster() {
        let rendered = render(
            SHOP,
            &["-n", "shops", "--image", "registry.example/shop:1", "--with", "service-monitors,gateway-api"],
        );
        for line in ["namespace: shops", "image: registry.example/shop:1", "kind: ServiceMonitor"] {
            assert!(rendered.out.contains(line), "{line} in\n{}", rendered.out);
        }
        let json = render(SHOP, &["-o", "json"]);
        let list: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(list["kind"], "List");
        assert!(!json.out.contains("ServiceMonitor"));
        assert_eq!(render(SHOP, &["--with", "flying-cars"]).code, Some(2));
        assert_eq!(render(SHOP, &["--dispatcher-role", "dispatcher"]).code, Some(2));
    }

    #[test]
    fn what_is_asked_for_in_vain_is_said_beside_the_objects() {
        let shop = format!(
            "{SHOP}  monitoring: {{serviceMonitor: Enabled}}\n  pools: [{{name: a, flows: [item, dreams], replicas: 2}}]\n"
        );
        let rendered = render(&shop, &[]);
        assert_eq!(rendered.code, Some(0), "{rendered:?}");
        assert!(
            rendered.err.contains("not shown, since --with does not say that the cluster has it"),
            "{rendered:?}"
        );
        assert!(rendered.err.contains("no handler for the flow dreams (pool a)"), "{rendered:?}");
    }

    #[test]
    fn every_fault_is_told_with_its_path_and_the_status_is_that_of_bad_usage() {
        let typo = SHOP.replace("store:", "stoer:").replace("name: rabbit", "nmae: rabbit");
        let told = render(&typo, &[]);
        assert_eq!((told.code, told.out.as_str()), (Some(2), ""), "{told:?}");
        assert!(told.err.contains("stdin is not a good shop, for"), "{told:?}");
        assert!(told.err.contains("spec.stoer") && told.err.contains("did you mean \"store\"?"), "{told:?}");
        assert!(told.err.contains("spec.broker.uri.secretKeyRef.nmae"), "{told:?}");

        let bare =
            "apiVersion: pawnshop.dev/v1alpha1\nkind: PawnShop\nmetadata: {name: downtown}\nspec: {}\n";
        let told = render(bare, &[]);
        assert_eq!(told.code, Some(2));
        assert!(told.err.contains("for 2 reasons:"), "{told:?}");
        assert!(told.err.contains("\n  spec.broker: is required in Kubernetes"), "{told:?}");
        assert!(told.err.contains("\n  spec.store: is required in Kubernetes"), "{told:?}");

        let elsewhere = SHOP.replace("name: downtown", "name: downtown, namespace: shops");
        let told = render(&elsewhere, &["-n", "others"]);
        assert_eq!(told.code, Some(2));
        assert!(told.err.contains("metadata.namespace: is shops, but --namespace is others"), "{told:?}");
    }

    #[test]
    fn a_file_that_is_not_there_is_no_fault_of_a_shop() {
        let told = run(&["render", "-f", "nowhere.yaml"]);
        assert_eq!(told.code, Some(1));
        assert!(told.err.contains("cannot open nowhere.yaml"), "{told:?}");
    }
}
