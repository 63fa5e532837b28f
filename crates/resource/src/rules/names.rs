use super::{Report, Rule, Twin};
use pawnshop_domain::ShopName;
use serde_yaml::Value;

const RESERVED_POOLS: [&str; 6] = ["dispatcher", "fleet", "operations", "operator", "worker", "workers"];
const RESERVED_FLOWS: [&str; 4] = ["dead", "dead-letters", "events", "retry"];
const LABEL: &str = "must be made of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"";

/// On the whole object: only there are names visible.
pub(crate) const SHOP: [Rule; 1] = [Rule {
    cel: "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$')",
    message: "a shop's name is 1 to 30 characters of a-z, 0-9 and \"-\", starting with a letter and not ending with \
              \"-\"",
    twin: Twin::Tells(tell_bad_metadata),
}];

/// On a pool's name.
pub(crate) const POOL_NAME: [Rule; 2] = [
    Rule {
        cel: "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message: "a pool's name is made of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"",
        twin: Twin::Tells(|name, report| {
            if text(name).is_some_and(|name| !is_label(name)) {
                report.add("", LABEL);
            }
        }),
    },
    Rule {
        cel: "!(self in ['dispatcher', 'fleet', 'operations', 'operator', 'worker', 'workers'])",
        message: "this pool name is reserved; choose another",
        twin: Twin::Tells(|name, report| {
            if let Some(name) = text(name).filter(|name| RESERVED_POOLS.contains(name)) {
                report.add("", format!("\"{name}\" is reserved; choose another"));
            }
        }),
    },
];

/// On a pool's list of flows.
pub(crate) const FLOW_NAMES: [Rule; 2] = [
    Rule {
        cel: "self.all(f, f.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$'))",
        message: "a flow's name is made of a-z, 0-9 and \"-\", starting with a letter and not ending with \"-\"",
        twin: Twin::Tells(|flows, report| {
            for (index, flow) in texts(flows) {
                if !is_label(flow) {
                    report.add(&format!("[{index}]"), LABEL);
                }
            }
        }),
    },
    Rule {
        cel: "!self.exists(f, f in ['dead', 'dead-letters', 'events', 'retry'] || f.startsWith('retry-'))",
        message: "a flow cannot be named dead, dead-letters, events, retry or retry-...: these names are reserved",
        twin: Twin::Tells(|flows, report| {
            for (index, flow) in texts(flows).filter(|(_, flow)| is_reserved(flow)) {
                report.add(&format!("[{index}]"), format!("\"{flow}\" is reserved; choose another"));
            }
        }),
    },
];

/// On the name of a Secret, a RabbitmqCluster and other objects (a DNS subdomain, RFC 1123).
pub(crate) const OBJECT_NAME: [Rule; 1] = [Rule {
    cel: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
    message: "an object's name is made of a-z, 0-9, \"-\" and \".\", starting and ending with a letter or digit",
    twin: Twin::Holds(|name| text(name).is_none_or(|name| is_bounded(name, b"-."))),
}];

/// On the key within a Secret.
pub(crate) const SECRET_KEY: [Rule; 1] = [Rule {
    cel: "self.matches('^[-._a-zA-Z0-9]+$')",
    message: "a Secret's key is made of letters, digits, \"-\", \"_\" and \".\"",
    twin: Twin::Holds(|key| text(key).is_none_or(|key| is_made_of(key, b"-._"))),
}];

/// On a namespace's name (a DNS label, RFC 1123).
pub(crate) const NAMESPACE: [Rule; 1] = [Rule {
    cel: "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
    message: "a namespace's name is made of a-z, 0-9 and \"-\", starting and ending with a letter or digit",
    twin: Twin::Holds(|name| text(name).is_none_or(|name| is_bounded(name, b"-"))),
}];

/// On a host.
pub(crate) const HOST: [Rule; 1] = [Rule {
    cel: "self.matches('^([*][.])?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
    message: "a host is a name such as shop.example.com or *.example.com, in lower case, without scheme or port",
    twin: Twin::Holds(|host| text(host).is_none_or(is_host)),
}];

/// On a list of hosts.
pub(crate) const HOSTS: [Rule; 1] = [Rule {
    cel: "self.all(h, h.matches('^([*][.])?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'))",
    message: HOST[0].message,
    twin: Twin::Tells(|hosts, report| {
        for (index, _) in texts(hosts).filter(|(_, host)| !is_host(host)) {
            report.add(&format!("[{index}]"), HOST[0].message);
        }
    }),
}];

/// On the beginning of paths.
pub(crate) const PATH: [Rule; 1] = [Rule {
    cel: "self.startsWith('/')",
    message: "a path starts with \"/\"",
    twin: Twin::Holds(|path| text(path).is_none_or(|path| path.starts_with('/'))),
}];

/// On an image.
pub(crate) const IMAGE: [Rule; 1] = [Rule {
    cel: "self.matches('^[a-zA-Z0-9][-a-zA-Z0-9._:/@]*$') && !self.contains('://')",
    message: "an image is named such as registry.example.com/pawnshop:1.2.3, without scheme or spaces",
    twin: Twin::Holds(|image| {
        text(image).is_none_or(|image| {
            image.starts_with(|first: char| first.is_ascii_alphanumeric())
                && is_made_of(image, b"-._:/@")
                && !image.contains("://")
        })
    }),
}];

fn tell_bad_metadata(shop: &Value, report: &mut Report<'_>) {
    let metadata = &shop["metadata"];
    if let Some(name) = metadata["name"].as_str()
        && let Err(error) = ShopName::new("default", name)
    {
        report.add(".metadata.name", error.to_string());
    }
    if let Some(namespace) = metadata["namespace"].as_str()
        && let Err(error) = ShopName::new(namespace, "shop")
    {
        report.add(".metadata.namespace", error.to_string());
    }
}

/// Whether no flow may be called so.
pub(crate) fn is_reserved(flow: &str) -> bool {
    RESERVED_FLOWS.contains(&flow) || flow.starts_with("retry-")
}

fn is_host(host: &str) -> bool {
    is_bounded(host.strip_prefix("*.").unwrap_or(host), b"-.")
}

/// A lower-case label that starts with a letter; its length is the schema's affair.
fn is_label(name: &str) -> bool {
    is_bounded(name, b"-") && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// Lower-case letters, digits and `others`, a letter or digit at both ends.
fn is_bounded(name: &str, others: &[u8]) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [name.bytes().next(), name.bytes().last()];
    ends.into_iter().all(|end| end.is_some_and(plain))
        && name.bytes().all(|byte| plain(byte) || others.contains(&byte))
}

/// Letters, digits and `others`, one at least.
pub(super) fn is_made_of(name: &str, others: &[u8]) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}

/// A text that the schema has no fault to find with for being empty.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// The texts of a list, each with its place.
pub(super) fn texts(list: &Value) -> impl Iterator<Item = (usize, &str)> {
    let items = list.as_sequence().into_iter().flatten().enumerate();
    items.filter_map(|(index, item)| Some((index, text(item)?)))
}
