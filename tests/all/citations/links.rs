//! Links in Markdown: what they lead to, and the heading there.

use super::tree::{Tree, beside};

/// The relative links of a page that lead nowhere, as `file:line: what`.
pub(super) fn broken(tree: &Tree, path: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut in_code = false;
    for (number, line) in text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        let links = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        for link in links.filter(|link| !in_code && !link.contains("://") && !link.starts_with("mailto:")) {
            faults.extend(fault(tree, path, link).map(|what| format!("{path}:{}: {what}", number + 1)));
        }
    }
    faults
}

fn fault(tree: &Tree, path: &str, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    let target = if file.is_empty() { Some(path.to_owned()) } else { beside(path, file) };
    let Some(target) = target.filter(|target| tree.has(target)) else {
        return Some(format!("the link to {file} leads nowhere"));
    };
    let heading = heading?;
    let headings = tree.text(&target).unwrap_or_default().lines().filter(|line| line.starts_with('#'));
    let there = headings.map(anchor).any(|anchor| anchor == heading);
    (!there).then(|| format!("{file} has no heading for #{heading}"))
}

/// The anchor that GitHub gives a heading.
fn anchor(line: &str) -> String {
    let heading = line.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
