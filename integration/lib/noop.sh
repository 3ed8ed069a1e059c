# shellcheck shell=bash disable=SC2016,SC2154
# `integration/bench noop`: builds in which there is nothing to do. Sourced by integration/bench, which has the machinery.

# trees FOLDER FILES COUNT: so many files of 1 to 4 KiB, spread evenly over app1, app2, … and there 20 to a folder, with the
# Dockerfiles and the project file.
trees() {
	perl -e '
		my ($root, $files, $count) = @ARGV;
		srand 1;
		my $text = join "", map { sprintf "%08x%s", rand 2**32, $_ % 8 ? " " : "\n" } 1 .. 16384;
		sub put {
			my ($path, $content) = @_;
			open my $file, ">", $path or die "$path: $!\n";
			print $file $content;
			close $file or die "$path: $!\n";
		}
		my $project = "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n";
		for my $app (1 .. $count) {
			my $folder = "$root/app$app";
			mkdir $folder;
			$project .= "  - {image: app$app, context: app$app}\n";
			put("$folder/Dockerfile", "FROM scratch\nCOPY . /src\n");
			for my $file (0 .. int($files / $count) - 1) {
				my $number = int($file / 20);
				my $group = sprintf "%s/package%03d", $folder, $number / 50;
				my $inner = sprintf "%s/module%03d", $group, $number % 50;
				if ($file % 20 == 0) {
					mkdir $group;
					mkdir $inner or die "$inner: $!\n";
				}
				put(sprintf("%s/source%02d.txt", $inner, $file % 20),
					substr($text, rand(length($text) - 4096), 1024 + int rand 3072));
			}
		}
		put("$root/skaffold.yaml", $project);' "$@"
}

# noop FILES COUNT: one table.
noop() {
	local files=$1 count=$2 times=$rounds
	local folder=$work/noop-$files-$count repo=$SKEG_TEST_REGISTRY/bench-$$-$files cache=$work/home/.cache/skeg
	((files < 100000)) || times=$(((rounds + 3) / 4))
	((files >= count)) || die "there are fewer files than artifacts"
	mkdir "$folder"
	trees "$folder" "$files" "$count"
	cd "$folder" || return
	# What is known of other trees is out of the way.
	rm -rf "$cache"
	local build=("$skeg" build --builder bench --default-repo "$repo" --tag v1 --progress plain)
	say "$files files in $count artifact(s): the first build"
	run "${build[@]}" 2>"$work/first" || die "the first build failed" "$(tail -n 5 "$work/first")"
	run "${build[@]}" --print >bake.json

	# Results are known, files are not. A file that was written less than two seconds ago is not trusted next time.
	script cold "${build[@]}"
	printf 'sleep 2.1\nexec sqlite3 %q "DELETE FROM directories; VACUUM"\n' "$cache/state.db" >"$work/cold.before"
	script warm "${build[@]}"
	script edited "${build[@]}"
	printf 'echo edited >>%q\n' "$folder/app1/package000/module000/source00.txt" >"$work/edited.before"
	STDIN=$folder/bake.json script bake env \
		BUILDX_BAKE_ENTITLEMENTS_FS=0 BUILDX_METADATA_PROVENANCE=disabled BUILDX_GIT_INFO=0 \
		"$SKEG_TEST_BUILDX" bake --file - --builder bench --progress=rawjson --metadata-file "$work/metadata.json"
	script walk "$walk" app*/
	said cold "$count" 0
	said warm "$count" 0
	said edited $((count - 1)) 1
	table "$files files in $count artifact$([[ $count == 1 ]] || printf s), pushed" "$times" \
		'`docker-buildx bake`, all cached' bake \
		'`skeg build`, no stat index' cold \
		'`skeg build`, nothing changed' warm \
		'`skeg build`, one file edited' edited \
		'walk and `lstat` alone' walk
	printf '\nMost memory with nothing changed: %s MiB. The slowest of the %s `HEAD` request%s, asked by `curl`: %s ms. %s rounds.\n' \
		"$(rss "${build[@]}")" "$count" "$([[ $count == 1 ]] || printf s)" "$(slowest_head)" "$times"
	cd "$work" || return
	rm -rf "$folder"
}

# said SCRIPT FOUND BUILT: lets the run be checked by what it said: so many images were found, so many were built.
said() {
	cat >"$work/$1.after" <<-TEXT
		found=\$(grep -c ': Found Remotely' $work/$1.stderr)
		built=\$(grep -c ': Not found. Building' $work/$1.stderr)
		[ "\$found \$built" = '$2 $3' ] && exit
		echo "$1: \$found found and \$built built, not $2 and $3" >&2
		exit 1
	TEXT
}

# slowest_head: how long the registry takes to say what the tags are (milliseconds): all at the same time, median of all
# rounds' slowest.
slowest_head() {
	local round number arguments=()
	for ((number = 1; number <= count; number++)); do
		arguments+=(--output /dev/null "http://${repo%%/*}/v2/${repo#*/}/app$number/manifests/v1")
	done
	for ((round = 0; round < times; round++)); do
		curl --no-progress-meter --head --parallel --parallel-immediate --noproxy '*' --write-out '%{time_total}\n' \
			--header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json' \
			"${arguments[@]}" | sort -n | tail -n 1
	done | sort -n | awk '{ t[NR] = $1 } END { printf "%.1f", t[int((NR + 1) / 2)] * 1000 }'
}
