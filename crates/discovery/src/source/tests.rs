use super::*;

#[test]
fn each_form_is_read_and_told_as_it_was_written() {
    for text in [
        "static:127.0.0.1:7070",
        "static:worker-1:7070,worker-2.shop.example:7071,[::1]:7072",
        "dns:workers.shop.svc.cluster.local:7070",
        "kubernetes:shops/downtown-workers:grpc",
    ] {
        assert_eq!(parse(text).unwrap().into_discovery().target(), text);
    }
}

#[test]
fn whatever_is_no_source_is_refused_with_the_form_that_would_be() {
    for (text, told) in [
        ("", "static:HOST:PORT,HOST:PORT, dns:HOST:PORT, kubernetes:NAMESPACE/SERVICE:PORT-NAME"),
        ("worker-1:7070", "none of the forms"),
        ("consul:workers", "none of the forms"),
        ("static:", "static takes HOST:PORT, several joined by commas: \"\" must be HOST:PORT"),
        ("static:worker-1:7070,", "\"\" must be HOST:PORT"),
        ("static:worker-1", "\"worker-1\" must be HOST:PORT"),
        ("static:worker-1:0", "port from 1 to 65535"),
        ("static:worker-1:grpc", "port from 1 to 65535"),
        ("static::7070", "has no host name or address"),
        ("static:::1:7070", "brackets"),
        ("static:http://worker-1:7070", "has no host name or address"),
        ("dns:a:1,b:2", "dns takes one HOST:PORT"),
        ("kubernetes:downtown-workers:grpc", "kubernetes takes NAMESPACE/SERVICE:PORT-NAME"),
        ("kubernetes:shops/downtown-workers", "kubernetes takes NAMESPACE/SERVICE:PORT-NAME"),
        ("kubernetes:shops/Downtown:grpc", "lower-case"),
        ("kubernetes:shops/a/b:grpc", "lower-case"),
    ] {
        let fault = parse(text).unwrap_err().to_string();
        assert!(fault.contains(told), "{text:?}: {fault}");
    }
}
