//! `.dockerignore` as BuildKit reads it (moby's patternmatcher); not gitignore.
