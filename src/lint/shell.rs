//! The commands of a `RUN`, as far as a rule must know them.

use crate::dockerfile::Instruction;

/// A command of a `RUN`: its words, without variables set for it and without `sudo`.
pub(super) struct Command<'a> {
    words: Vec<&'a str>,
}

/// The commands of an instruction, in order. Quotes are not looked into: what stands in them is no command of ours.
pub(super) fn commands(run: &Instruction) -> Vec<Command<'_>> {
    let text = run.text.trim();
    if text.starts_with('[') {
        let words = text.trim_matches(['[', ']']).split(',').map(|word| word.trim().trim_matches('"'));
        return vec![Command { words: words.collect() }];
    }
    text.split(['\n', ';', '|', '&', '(', ')'])
        .map(|command| {
            let words = command.split_whitespace().skip_while(|word| {
                let set = word.split_once('=').is_some_and(|(name, _)| {
                    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                });
                set || matches!(*word, "sudo" | "exec" | "time" | "then" | "do" | "else" | "env")
            });
            Command { words: words.collect() }
        })
        .filter(|command| !command.words.is_empty())
        .collect()
}

impl Command<'_> {
    /// Does it begin with these words (`npm ci`), flags between them left out? The program may have a path.
    pub(super) fn is(&self, words: &str) -> bool {
        let mut own = self.words.iter().filter(|word| !word.starts_with('-')).enumerate();
        words.split(' ').all(|wanted| {
            own.next().is_some_and(|(index, word)| {
                let word = if index == 0 { word.rsplit('/').next().unwrap_or(word) } else { word };
                word == wanted
            })
        })
    }

    /// The words behind its program.
    pub(super) fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).copied()
    }

    /// Has it this word among its arguments?
    pub(super) fn has(&self, argument: &str) -> bool {
        self.arguments().any(|word| word == argument)
    }

    /// Is it nothing but its program, and flags?
    pub(super) fn is_bare(&self) -> bool {
        self.arguments().all(|word| word.starts_with('-'))
    }

    /// Its first word as it is written.
    pub(super) fn program(&self) -> &str {
        self.words.first().copied().unwrap_or_default()
    }
}

/// A program that fetches packages.
pub(super) struct Manager {
    pub(super) name: &'static str,
    /// Commands that fetch dependencies and need no sources for it.
    installs: &'static [&'static str],
    /// Commands that fetch dependencies on the way.
    fetches: &'static [&'static str],
    /// What lists the dependencies.
    pub(super) lists: &'static str,
    /// Where downloads are kept.
    pub(super) cache: &'static str,
}

const MANAGERS: &[Manager] = &[
    manager("npm", &["npm ci", "npm install", "npm i"], &[], "package.json package-lock.json", "/root/.npm"),
    manager("yarn", &["yarn install"], &[], "package.json yarn.lock", "/usr/local/share/.cache/yarn"),
    manager(
        "pnpm",
        &["pnpm install", "pnpm i", "pnpm fetch"],
        &[],
        "package.json pnpm-lock.yaml",
        "/root/.local/share/pnpm/store",
    ),
    manager("bun", &["bun install"], &[], "package.json bun.lock", "/root/.bun/install/cache"),
    manager(
        "pip",
        &[
            "pip install",
            "pip3 install",
            "python -m pip install",
            "python3 -m pip install",
            "python pip install",
            "python3 pip install",
        ],
        &[],
        "requirements.txt",
        "/root/.cache/pip",
    ),
    manager("poetry", &["poetry install"], &[], "pyproject.toml poetry.lock", "/root/.cache/pypoetry"),
    manager("uv", &["uv sync", "uv pip install"], &[], "pyproject.toml uv.lock", "/root/.cache/uv"),
    manager(
        "go",
        &["go mod download"],
        &["go build", "go install", "go test"],
        "go.mod go.sum",
        "/go/pkg/mod",
    ),
    manager(
        "cargo",
        &["cargo fetch"],
        &["cargo build", "cargo install", "cargo test"],
        "Cargo.toml Cargo.lock",
        "/usr/local/cargo/registry",
    ),
    manager("bundler", &["bundle install"], &[], "Gemfile Gemfile.lock", "/usr/local/bundle/cache"),
    manager("composer", &["composer install"], &[], "composer.json composer.lock", "/tmp/cache"),
    manager(
        "dotnet",
        &["dotnet restore"],
        &["dotnet build", "dotnet publish"],
        "*.csproj",
        "/root/.nuget/packages",
    ),
    manager(
        "maven",
        &[
            "mvn dependency:go-offline",
            "mvn dependency:resolve",
            "mvnw dependency:go-offline",
            "mvnw dependency:resolve",
        ],
        &["mvn", "mvnw"],
        "pom.xml",
        "/root/.m2",
    ),
    manager(
        "gradle",
        &["gradle dependencies", "gradlew dependencies"],
        &["gradle", "gradlew"],
        "build.gradle settings.gradle",
        "/root/.gradle",
    ),
    manager("apt", &["apt-get install", "apt install"], &[], "", "/var/cache/apt"),
];

const fn manager(
    name: &'static str,
    installs: &'static [&'static str],
    fetches: &'static [&'static str],
    lists: &'static str,
    cache: &'static str,
) -> Manager {
    Manager { name, installs, fetches, lists, cache }
}

/// The manager that this command makes fetch packages, and whether it needs the sources for it.
pub(super) fn fetches(command: &Command<'_>) -> Option<(&'static Manager, bool)> {
    // `pip install .` installs the sources themselves.
    let own = [".", "./", "-e", "--editable", "./."].iter().any(|argument| command.has(argument));
    MANAGERS.iter().find_map(|manager| {
        let installs = manager.installs.iter().any(|words| command.is(words))
            || manager.name == "yarn" && command.is("yarn") && command.is_bare();
        let fetches = manager.fetches.iter().any(|words| command.is(words));
        (installs || fetches).then_some((manager, !installs || own))
    })
}
