use super::*;

const GOLD: &str = r#"version: 1
plans:
  - name: gold
    select: { tags: { backup: gold }, names: ["prod-*"], exclude: ["prod-scratch"] }
    schedule: "0 */6 * * *"          # five-field cron, or AWS cron(...) / rate(...)
    timezone: Europe/Zurich          # IANA; default UTC
    start_within: 1h
    source: replica
    keep: { last: 4, daily: 7, weekly: 5, monthly: 12, yearly: 3, within: 2d }
    snapshots: { keep: 1 }
    export: { every: 1, prefix: "redis/", verify: full, copies: [ { bucket: dr-bucket, region: eu-west-1, kms_key: alias/dr, lock: 30d } ] }
    expect: 8h
    notify: { topic: "arn:aws:sns:eu-west-1:111122223333:ops", on: [failed, missed, corrupt, quota] }
"#;

fn errors(text: &str) -> String {
    Document::parse("gold.yaml", text).unwrap_err().to_string()
}

#[test]
fn probe() {
    let d = Document::parse("gold.yaml", GOLD).unwrap();
    println!("{}", serde_json::to_string_pretty(&d).unwrap());
    println!("{}", serde_json::to_string_pretty(&schema()).unwrap());
    for bad in [
        "",
        "version: 1\nplans:\n  - name: [a]\n",
        "version: 1\nplans:\n  - schedule: */6 * * * *\n",
        "version: 1\nplans: 3\n",
        "version: 1\nplan: 3\nplans:\n  - nmae: x\n    select: {tag: {}}\n    keep: { dayly: 7 }\n",
        "version: 2\nquota: {reserve: 25}\nplans:\n  - name: Gold\n    select: {}\n    schedule: 0 0 30 2 *\n    keep: { daily: x, within: 2w }\n    timezone: Europe/Zuerich\n    source: replicas\n    snapshots: {keep: -1}\n    notify: {on: [fail]}\n  - name: a\n  - name: a\n",
        "version: 1\nplans:\n  - name: x\n   bad: y\n",
        "version: 1\nversion: 1\n",
        "a: {b: [1, 2\n",
        "plans: []\n",
        "version: 1\nplans:\n - null\n",
        "version: 1\nplans:\n - name: x\n   keep: 7\n",
        "- a\n",
        "hello",
        "version: 1\n---\nversion: 1\n",
    ] {
        println!("--- {bad:?}\n{}", errors(bad));
    }
}
