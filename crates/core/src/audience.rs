//! Whether anybody hears what a stack tells.

/// The subscriptions of a topic that messages go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audience {
    /// Those that get messages.
    pub confirmed: u32,
    /// Those whose owner has not confirmed yet: they get nothing.
    pub pending: u32,
}

impl Audience {
    /// What is wrong, and what to do; `None` where somebody is told.
    #[must_use]
    pub fn problem(self, topic: &str) -> Option<String> {
        let subscribe =
            format!("aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint YOU");
        match self {
            Self { confirmed: 1.., .. } => None,
            Self { confirmed: 0, pending: 0 } => Some(format!(
                "nobody is told when backups fail, since the stack's topic has no subscriber: {subscribe}"
            )),
            Self { confirmed: 0, pending } => {
                let who = match pending {
                    1 => "the one subscriber has".to_owned(),
                    more => format!("the {more} subscribers have"),
                };
                Some(format!(
                    "nobody is told when backups fail: {who} not confirmed. Open the link in the mail that SNS sent, or have \
                     it sent again: {subscribe}"
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(confirmed: u32, pending: u32) -> Option<String> {
        Audience { confirmed, pending }.problem("arn:topic")
    }

    #[test]
    fn one_confirmed_subscriber_is_enough() {
        assert_eq!(problem(1, 0), None);
        assert_eq!(problem(1, 3), None);
    }

    #[test]
    fn without_one_people_are_told_what_to_do() {
        let none = problem(0, 0).unwrap();
        assert!(none.contains("has no subscriber") && none.contains("--topic-arn arn:topic"), "{none}");
        let pending = problem(0, 1).unwrap();
        assert!(pending.contains("the one subscriber has not confirmed"), "{pending}");
        assert!(problem(0, 2).unwrap().contains("the 2 subscribers have"));
    }
}
