use super::*;
use std::collections::BTreeSet;

/// Each name in quotes that ends so, in the files that end so.
fn named(in_files: &str, ending: &str) -> BTreeSet<String> {
    let files = ASSETS.iter().filter(|asset| asset.name.ends_with(in_files));
    let strings = files.flat_map(|file| file.text.split('"'));
    let names = strings.filter(|text| text.ends_with(ending) && !text.contains(char::is_whitespace));
    names.map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect()
}

#[test]
fn every_file_that_is_named_is_served_and_every_served_one_is_named() {
    let mut all = named(".html", ".js");
    all.extend(named(".html", ".css"));
    all.extend(named(".html", ".svg"));
    all.extend(named(".js", ".js"));
    all.insert("index.html".to_owned());
    let served: BTreeSet<_> = ASSETS.iter().map(|asset| asset.name.to_owned()).collect();
    assert_eq!(all, served);
}

#[test]
fn nothing_is_from_elsewhere_and_no_text_becomes_markup() {
    const MARKUP: [&str; 6] =
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"];
    for asset in ASSETS {
        let text = asset.text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains("://"), "{} names another place", asset.name);
        for way in MARKUP {
            assert!(!text.contains(way), "{} has {way}", asset.name);
        }
    }
    let page = ASSETS[0].text;
    assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"), "inline");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains(r#"<script type="module" src="console/main.js"></script>"#));
}

#[test]
fn files_differ_by_their_tags_and_a_known_one_is_recognised() {
    let tags: BTreeSet<_> = ASSETS.iter().map(Asset::tag).collect();
    assert_eq!(tags.len(), ASSETS.len());
    let tag = ASSETS[0].tag();
    let sent = |value: &str| HeaderMap::from_iter([(IF_NONE_MATCH, value.parse().unwrap())]);
    for known in [tag.clone(), format!("\"x\", W/{tag}")] {
        assert!(is_known(&sent(&known), &tag), "{known}");
    }
    assert!(!is_known(&sent("\"x\""), &tag) && !is_known(&HeaderMap::new(), &tag));
}
