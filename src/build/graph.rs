//! The artifact graph: who `requires` whom, in which order things are built, and who goes into one run.

use std::collections::{BTreeMap, BTreeSet};

/// The dependency graph over artifact indices `0..len`.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    requires: Vec<Vec<usize>>,
}

/// The artifacts of one engine run. Linked ones are only needed by others: built, but sent nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Which builder (the caller's key).
    pub builder: usize,
    /// Artifacts this run delivers, dependencies first.
    pub delivers: Vec<usize>,
    /// Artifacts it needs from the cache of the same builder, dependencies first; delivered by nobody or by an
    /// earlier run.
    pub linked: Vec<usize>,
}

impl Graph {
    /// A graph from each artifact's requirements. Cycles and unknown names were refused by validation.
    pub fn new(requires: Vec<Vec<usize>>) -> Self {
        Self { requires }
    }

    /// What `artifact` directly requires.
    pub fn requires(&self, artifact: usize) -> &[usize] {
        self.requires.get(artifact).map_or(&[], Vec::as_slice)
    }

    /// The graph without what crosses builders and is there already: nobody waits for that. What one builder makes of
    /// another of its artifacts stays linked to it.
    #[must_use]
    pub fn without(&self, done: &BTreeSet<usize>, builder_of: &[usize]) -> Self {
        let left = |(artifact, requires): (usize, &Vec<usize>)| {
            let kept = |a: &usize| !done.contains(a) || builder_of[*a] == builder_of[artifact];
            requires.iter().copied().filter(kept).collect()
        };
        Self { requires: self.requires.iter().enumerate().map(left).collect() }
    }

    /// `artifacts` and everything they need, dependencies first, otherwise in the given order.
    pub fn closure(&self, artifacts: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        for artifact in artifacts {
            self.visit(artifact, &mut seen, &mut order);
        }
        order
    }

    fn visit(&self, artifact: usize, seen: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
        if !seen.insert(artifact) {
            return;
        }
        for &dependency in self.requires(artifact) {
            self.visit(dependency, seen, order);
        }
        order.push(artifact);
    }

    /// Groups what is `wanted` into rounds of runs: the runs of one round may go at the same time, a round starts
    /// when the one before it has ended. One run a builder and round; a dependency on another builder's artifact
    /// waits for the round that delivers it. `limit` bounds how many artifacts one run delivers.
    ///
    /// Without a limit (0), what other builders wait for is a run of its own where it shares nothing with the rest, so
    /// that nobody waits for what he does not need.
    ///
    /// `builder_of` gives each artifact's builder.
    pub fn rounds(&self, wanted: &[usize], builder_of: &[usize], limit: usize) -> Vec<Vec<Run>> {
        let order = self.closure(wanted.iter().copied());
        // What another builder needs must be delivered, wanted or not: it crosses by registry.
        let mut deliver: BTreeSet<usize> = wanted.iter().copied().collect();
        for &artifact in &order {
            deliver.extend(
                self.requires(artifact).iter().filter(|&&dep| builder_of[dep] != builder_of[artifact]),
            );
        }
        let mut round_of: BTreeMap<usize, usize> = BTreeMap::new();
        for &artifact in &order {
            let round = self
                .requires(artifact)
                .iter()
                .map(|dep| round_of[dep] + usize::from(builder_of[*dep] != builder_of[artifact]))
                .max()
                .unwrap_or(0);
            round_of.insert(artifact, round);
        }
        let mut by_round: BTreeMap<usize, BTreeMap<usize, Vec<usize>>> = BTreeMap::new();
        for &artifact in order.iter().filter(|a| deliver.contains(a)) {
            by_round
                .entry(round_of[&artifact])
                .or_default()
                .entry(builder_of[artifact])
                .or_default()
                .push(artifact);
        }
        let mut rounds = Vec::new();
        for runs in by_round.into_values() {
            let mut waves: Vec<Vec<Run>> = Vec::new();
            for (builder, artifacts) in runs {
                if limit == 0 {
                    let halves = self.awaited(artifacts, &order, builder_of);
                    let halves = <[_; 2]>::from(halves).into_iter().filter(|half| !half.is_empty());
                    let runs = halves.map(|delivers| self.run(builder, delivers, builder_of));
                    at(&mut waves, 0).extend(runs);
                    continue;
                }
                for (wave, delivers) in artifacts.chunks(limit).enumerate() {
                    at(&mut waves, wave).push(self.run(builder, delivers.to_vec(), builder_of));
                }
            }
            rounds.extend(waves);
        }
        rounds
    }

    /// Artifacts of one builder, parted into those that another builder waits for, with everything that has a
    /// requirement in common with them, and the rest. `order` is everything that is built.
    fn awaited(
        &self,
        artifacts: Vec<usize>,
        order: &[usize],
        builder_of: &[usize],
    ) -> (Vec<usize>, Vec<usize>) {
        let awaited: BTreeSet<usize> = order
            .iter()
            .flat_map(|o| self.requires(*o).iter().filter(|a| builder_of[**a] != builder_of[*o]))
            .copied()
            .collect();
        let parts: Vec<BTreeSet<usize>> =
            artifacts.iter().map(|artifact| self.linked_to(&[*artifact], builder_of)).collect();
        let mut ahead: Vec<bool> = artifacts.iter().map(|artifact| awaited.contains(artifact)).collect();
        let mut shared: BTreeSet<usize> = parts
            .iter()
            .zip(&ahead)
            .filter(|(_, ahead)| **ahead)
            .flat_map(|(part, _)| part)
            .copied()
            .collect();
        // What joins brings requirements of its own, by which others join.
        loop {
            let before = shared.len();
            for (part, ahead) in parts.iter().zip(&mut ahead) {
                if !*ahead && !part.is_disjoint(&shared) {
                    *ahead = true;
                    shared.extend(part);
                }
            }
            if shared.len() == before {
                break;
            }
        }
        let (ahead, rest): (Vec<_>, Vec<_>) =
            artifacts.into_iter().zip(ahead).partition(|(_, is_ahead)| *is_ahead);
        let indices = |half: Vec<(usize, bool)>| half.into_iter().map(|(artifact, _)| artifact).collect();
        (indices(ahead), indices(rest))
    }

    fn run(&self, builder: usize, delivers: Vec<usize>, builder_of: &[usize]) -> Run {
        let reached = self.linked_to(&delivers, builder_of);
        let linked = self
            .closure(delivers.iter().copied())
            .into_iter()
            .filter(|a| !delivers.contains(a) && reached.contains(a))
            .collect();
        Run { builder, delivers, linked }
    }

    /// `artifacts` and what they reach through artifacts of the same builder alone.
    fn linked_to(&self, artifacts: &[usize], builder_of: &[usize]) -> BTreeSet<usize> {
        let mut stack = artifacts.to_vec();
        let mut seen = BTreeSet::new();
        while let Some(current) = stack.pop() {
            if seen.insert(current) {
                let own = |a: &usize| builder_of[*a] == builder_of[current];
                stack.extend(self.requires(current).iter().copied().filter(own));
            }
        }
        seen
    }
}

/// The wave of this number, which is made where there is none yet.
fn at(waves: &mut Vec<Vec<Run>>, wave: usize) -> &mut Vec<Run> {
    if waves.len() <= wave {
        waves.resize_with(wave + 1, Vec::new);
    }
    &mut waves[wave]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(builder: usize, delivers: &[usize], linked: &[usize]) -> Run {
        Run { builder, delivers: delivers.to_vec(), linked: linked.to_vec() }
    }

    #[test]
    fn one_builder_is_one_run_with_dependencies_first() {
        let graph = Graph::new(vec![vec![2], vec![2], vec![]]);
        assert_eq!(graph.rounds(&[0, 1, 2], &[0; 3], 0), vec![vec![run(0, &[2, 0, 1], &[])]]);
    }

    #[test]
    fn what_is_not_wanted_is_linked_not_delivered() {
        let graph = Graph::new(vec![vec![1], vec![2], vec![]]);
        assert_eq!(graph.rounds(&[0], &[0; 3], 0), vec![vec![run(0, &[0], &[2, 1])]]);
    }

    #[test]
    fn builders_without_a_dependency_run_at_the_same_time() {
        let graph = Graph::new(vec![vec![], vec![]]);
        assert_eq!(graph.rounds(&[0, 1], &[0, 1], 0), vec![vec![run(0, &[0], &[]), run(1, &[1], &[])]]);
    }

    #[test]
    fn a_dependency_on_another_builder_is_delivered_one_round_earlier() {
        // 0 on builder 0 requires 1 on builder 1, which requires 2 on builder 0; 3 stands alone.
        let graph = Graph::new(vec![vec![1], vec![2], vec![], vec![]]);
        assert_eq!(
            graph.rounds(&[0, 3], &[0, 1, 0, 0], 0),
            vec![
                vec![run(0, &[2], &[]), run(0, &[3], &[])],
                vec![run(1, &[1], &[])],
                vec![run(0, &[0], &[])]
            ]
        );
    }

    #[test]
    fn what_others_wait_for_is_a_run_of_its_own_with_all_it_shares() {
        // 0 on builder 1 requires 1; 2 and 1 are made from 3, 4 from 2's other base 5; 6 and 7 stand alone.
        let graph = Graph::new(vec![vec![1], vec![3], vec![3, 5], vec![], vec![5], vec![], vec![], vec![6]]);
        let builder_of = [1, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(
            graph.rounds(&[0, 1, 2, 4, 6, 7], &builder_of, 0),
            vec![vec![run(0, &[1, 2, 4], &[3, 5]), run(0, &[6, 7], &[])], vec![run(1, &[0], &[])]]
        );
        assert_eq!(
            graph.rounds(&[0, 1, 6, 7], &builder_of, 2),
            vec![vec![run(0, &[1, 6], &[3])], vec![run(0, &[7], &[6])], vec![run(1, &[0], &[])]],
            "a limit that the runs share is used up by full ones"
        );
    }

    #[test]
    fn what_is_there_is_not_built_for_others() {
        let graph = Graph::new(vec![vec![1], vec![2], vec![]]);
        let done = BTreeSet::from([1]);
        let across = graph.without(&done, &[0, 1, 1]);
        assert_eq!(across.rounds(&[0], &[0, 1, 1], 0), vec![vec![run(0, &[0], &[])]]);
        let within = graph.without(&done, &[0; 3]);
        assert_eq!(within.rounds(&[0], &[0; 3], 0), vec![vec![run(0, &[0], &[2, 1])]], "linked");
    }

    #[test]
    fn a_limit_makes_waves_that_relink_what_earlier_waves_delivered() {
        let graph = Graph::new(vec![vec![], vec![0], vec![0]]);
        assert_eq!(
            graph.rounds(&[0, 1, 2], &[0; 3], 2),
            vec![vec![run(0, &[0, 1], &[])], vec![run(0, &[2], &[0])]]
        );
    }
}
