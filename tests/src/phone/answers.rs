//! What the user answers, or does not, and what new settings make of what waits.

use gasket_core::flow::FlowId;
use gasket_core::guard::Answer;

use super::model::Outcome;
use super::questions::{Asking, Waiting};
use super::script::Reply;
use super::world::{Kind, Phone, SERVERS};

/// Of the numbers that were ever used, so many may be answered once more.
const RECENT: usize = 12;

impl Phone {
    /// The user does what a step says.
    pub(super) fn answer(&mut self, which: u8, reply: Reply) {
        let which = usize::from(which);
        let open = self.questions.open();
        let numbers = &self.questions.numbers;
        match reply {
            Reply::Open(is_yes) => {
                if let Some(at) = which.checked_rem(open.len()) {
                    self.reply(open[at].1, is_yes);
                }
            }
            Reply::Any(is_yes) => {
                if let Some(back) = which.checked_rem(numbers.len().min(RECENT)) {
                    self.reply(numbers[numbers.len() - 1 - back], is_yes);
                }
            }
            Reply::Wrong(is_yes) => {
                let last = numbers.last().copied().unwrap_or(7);
                let number = [0, 1, last ^ 1, last + 1, u64::MAX][which % 5];
                if !numbers.contains(&number) {
                    self.reply(number, is_yes);
                }
            }
            Reply::Silence => {
                if let Some((until, _)) = open.first() {
                    self.pass((*until - self.now).total_millis());
                }
            }
            Reply::Last(is_yes) => {
                if let Some((until, number)) = open.first() {
                    self.pass((*until - self.now).total_millis().saturating_sub(1));
                    self.reply(*number, is_yes);
                }
            }
        }
    }

    fn reply(&mut self, number: u64, is_yes: bool) {
        let Self {
            flows,
            lines,
            questions,
            settings,
            ..
        } = self;
        let matter = questions.get(number).map(|question| question.matter);
        let mut waiting = Waiting::Nobody;
        let mut concerned = Vec::new();
        for flow in flows.values().filter(|flow| !flow.refused) {
            let Kind::Line(key) = flow.kind else {
                continue;
            };
            let line = &lines[&key];
            for (at, said) in line.said.iter().enumerate() {
                let waits = said.asking == Asking::Waits(number);
                let is_open = said.is_open(line.written, line.left);
                let of = said.matter(flow.owner.party(), line.written, settings);
                if waits {
                    waiting = Waiting::Somebody;
                } else if is_open && of.zip(matter).is_some_and(|(a, b)| a.is_like(&b)) {
                    if waiting == Waiting::Nobody {
                        waiting = Waiting::Perhaps;
                    }
                } else {
                    continue;
                }
                concerned.push((key, at, waits));
            }
        }
        if let Some(is_yes) = questions.answer(self.now, number, is_yes, waiting) {
            for (key, at, waits) in concerned {
                let line = lines.get_mut(&key).expect("a connection");
                let asking = &mut line.said[at].asking;
                match (is_yes, waits) {
                    (true, true) => *asking = Asking::Granted(number),
                    (true, false) => *asking = Asking::Unsure,
                    (false, true) => *asking = Asking::Refused(number),
                    (false, false) => {}
                }
            }
            self.figures.allowed += u64::from(is_yes);
            self.figures.denied += u64::from(!is_yes);
        } else if matter.is_none() {
            self.figures.answers_to_nothing += 1;
        }
        let answer = [Answer::Block, Answer::LetThrough][usize::from(is_yes)];
        self.guard.handle_user_answer(self.now, number, answer);
    }

    /// The time of questions may be over.
    pub(super) fn questions_run_out(&mut self) {
        let over = self.questions.run_out(self.now);
        self.figures.ran_out += over.len() as u64;
        for line in self.lines.values_mut() {
            for said in &mut line.said {
                if let Asking::Waits(number) = said.asking
                    && over.contains(&number)
                {
                    said.asking = Asking::Refused(number);
                }
            }
        }
    }

    /// The settings have changed: what waits on a connection is decided by them, if by anything.
    pub(super) fn decide_anew(&mut self, id: FlowId) {
        let flow = &self.flows[&id];
        let Kind::Line(key) = flow.kind else {
            return;
        };
        let Some(line) = self.lines.get_mut(&key) else {
            return;
        };
        let blockable = line.to.is_some_and(|to| SERVERS[to].blockable);
        let asks = self.settings.asks(flow.owner);
        for said in &mut line.said {
            if asks && said.asking == Asking::Released && said.is_long() && said.end > line.left {
                // What was let go on is asked about from a later stretch on, as far as that shows anything.
                said.asking = Asking::Unsure;
            }
            let Asking::Waits(number) = said.asking else {
                continue;
            };
            let question = self.questions.get(number);
            let by_rule = question.is_some_and(|question| question.matter.kinds.is_by_rule());
            let request = &said.request;
            said.asking = match request.outcome(&self.settings, flow.owner, blockable) {
                Some(Outcome::Pass | Outcome::Warn) => Asking::Released,
                Some(Outcome::Block) if by_rule => Asking::Overruled,
                // A rule that is new is looked for from the next request on.
                Some(Outcome::Block) if !asks => Asking::Released,
                Some(Outcome::Block | Outcome::Ask) | None => said.asking,
            };
        }
    }
}
