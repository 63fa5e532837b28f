/// A sentence as lines of at most `width` characters, broken between words; a longer word stands alone.
pub(super) fn wrapped(sentence: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in sentence.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("no worker is known", 9), ["no worker", "is known"]);
        assert_eq!(wrapped("no worker", 0), ["no", "worker"]);
        assert!(wrapped("", 9).is_empty());
    }
}
