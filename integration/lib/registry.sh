# shellcheck shell=bash
# Registries: a plain one, the same read-only, and one with TLS and a password.

addr_registry() { printf '127.0.0.1:%s' "$(port registry)"; }
addr_registry_readonly() { printf '127.0.0.1:%s' "$(port registry_readonly)"; }
addr_registry_auth() { printf 'localhost:%s' "$(port registry_auth)"; }

ready_registry() { http_ok "http://$(addr_registry)/v2/" 200; }
ready_registry_readonly() { http_ok "http://$(addr_registry_readonly)/v2/" 200; }
ready_registry_auth() { http_ok "https://$(addr_registry_auth)/v2/" 401 --cacert "$CERTS/ca.pem"; }

# registry_config NAME STORAGE: what all of them share; the caller appends `http` settings and more.
registry_config() {
	cat <<-YAML
		version: 0.1
		log: {level: info, accesslog: {disabled: true}}
		storage:
		  filesystem: {rootdirectory: $2}
		  delete: {enabled: true}
		  maintenance:
		    uploadpurging: {enabled: false}
		    readonly: {enabled: ${3:-false}}
		http:
		  addr: 127.0.0.1:$(port "$1")
	YAML
}

up_registry() {
	need docker-registry=docker-registry
	mkdir -p "$DATA/registry"
	registry_config registry "$DATA/registry" >"$RUN/registry.yml"
	spawn registry docker-registry serve "$RUN/registry.yml"
	wait_ready registry 20 ready_registry
}

# The storage of `registry`: what was pushed there can be pulled here, and a push gets 405.
up_registry_readonly() {
	need docker-registry=docker-registry
	mkdir -p "$DATA/registry"
	registry_config registry_readonly "$DATA/registry" true >"$RUN/registry-readonly.yml"
	spawn registry-readonly docker-registry serve "$RUN/registry-readonly.yml"
	wait_ready registry-readonly 20 ready_registry_readonly
}

AUTH_USER=tester
auth_password() { cat "$RUN/registry-auth.password"; }

up_registry_auth() {
	need docker-registry=docker-registry
	certificates
	# A password of its own each time, so that a test can look for it in logs and on command lines.
	[[ -s $RUN/registry-auth.password ]] || (umask 077 && openssl rand -hex 12 >"$RUN/registry-auth.password")
	auth_password | perl -e '
		chomp(my $password = <STDIN>);
		my $salt = join "", map { ("a" .. "z")[rand 26] } 1 .. 22;
		print "$ARGV[0]:", crypt($password, "\$2y\$05\$$salt"), "\n"' "$AUTH_USER" >"$RUN/registry-auth.htpasswd"
	{
		registry_config registry_auth "$DATA/registry-auth"
		cat <<-YAML
			  tls: {certificate: $CERTS/server.pem, key: $CERTS/server.key}
			auth:
			  htpasswd: {realm: skeg-test, path: $RUN/registry-auth.htpasswd}
		YAML
	} >"$RUN/registry-auth.yml"
	mkdir -p "$DATA/registry-auth"
	spawn registry-auth docker-registry serve "$RUN/registry-auth.yml"
	wait_ready registry-auth 20 ready_registry_auth
}
