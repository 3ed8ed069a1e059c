# shellcheck shell=bash disable=SC2016,SC2154
# `integration/bench load`: reading project files. Sourced by integration/bench, which has the machinery.

# service FOLDER NAME: an artifact of 12 lines, as people write them; its context is below FOLDER.
service() {
	mkdir -p "$1/services/$2"
	cat <<-TEXT
		  - image: registry.example.com/shop/$2
		    context: $1/services/$2
		    docker:
		      dockerfile: build/Dockerfile
		      target: runtime
		      buildArgs:
		        VERSION: "{{.VERSION}}"
		    sync:
		      manual:
		      - src: "src/**/*.ts"
		        dest: /app
		        strip: src/
	TEXT
}

# head_of NAME: the beginning of a document, up to its artifacts.
head_of() {
	printf 'apiVersion: skaffold/v4beta11\nkind: Config\nmetadata: {name: %s}\n' "$1"
}

# tail_of NAME: the sections after the artifacts, and profiles.
tail_of() {
	cat <<-TEXT
		manifests:
		  kustomize: {paths: [deploy/base]}
		deploy:
		  kubectl: {defaultNamespace: $1}
		portForward:
		- {resourceType: service, resourceName: $1, port: 80, localPort: 8080}
		profiles:
		- name: prod
		  build: {platforms: [linux/amd64, linux/arm64]}
		  manifests: {kustomize: {paths: [deploy/prod]}}
		- name: debug
		  patches:
		  - {op: replace, path: /build/artifacts/0/docker/target, value: debug}
	TEXT
}

# config FOLDER NAME COUNT: a whole document of so many services, as the project file of the folder.
config() {
	local number
	mkdir -p "$1"
	{
		head_of "$2"
		printf 'build:\n  local: {push: false}\n  artifacts:\n'
		for ((number = 1; number <= $3; number++)); do service "$1" "$2-$number"; done
		tail_of "$2"
	} >"$1/skaffold.yaml"
}

loading() {
	local number folder
	mkdir -p "$work/forty"
	config "$work/one" shop 10
	config "$work/long" shop 415
	{
		head_of root
		printf 'requires:\n'
		for ((number = 1; number <= 40; number++)); do
			printf -- '- {path: team%s, activeProfiles: [{name: prod, activatedBy: [prod]}]}\n' "$number"
		done
		printf 'profiles: [{name: prod}]\n'
	} >"$work/forty/skaffold.yaml"
	for ((number = 1; number <= 40; number++)); do
		config "$work/forty/team$number" "team$number" 2
	done
	script true /bin/true
	script version "$skeg" version
	for folder in one forty long; do
		script "diagnose-$folder" "$skeg" diagnose --yaml-only -p prod -f "$work/$folder/skaffold.yaml"
		script "dry-run-$folder" "$skeg" build --dry-run -q --tag bench -p prod -f "$work/$folder/skaffold.yaml"
	done
	measured one 'one config of ten images'
	measured forty 'forty modules of two images'
	measured long "one config of $(wc -l <"$work/long/skaffold.yaml") lines"
}

# measured FOLDER TITLE: one table.
measured() {
	table "$2" "$rounds" \
		'`skeg diagnose --yaml-only`' "diagnose-$1" \
		'`skeg build --dry-run`' "dry-run-$1" \
		'`skeg version`' version \
		'`/bin/true`' true
	printf '\nMost memory: `diagnose --yaml-only` %s MiB, `build --dry-run` %s MiB.\n' \
		"$(rss "$skeg" diagnose --yaml-only -p prod -f "$work/$1/skaffold.yaml")" \
		"$(rss "$skeg" build --dry-run -q --tag bench -p prod -f "$work/$1/skaffold.yaml")"
}
