#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Servers that know nothing of ITP, under itprun, each with a client of its kind:
# nginx, sshd (and a forwarded port), redis-server, Node.js. What arrives is what
# was sent, and ITP's counters say that it came over ITP.
#
# They lie in the cache, where lab/servers unpacks them: it has to run before, on
# the machine. run.sh and selftests/check see to that.

# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
# shellcheck source=puppet.sh
. "$KST_DIR/puppet.sh"

SERVERS=${ITP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/itp}/servers
REQUESTS=$(size 200 5000)
KST_LIMIT=600

fetched() {
	[[ -e $SERVERS/done ]] || fail "$SERVERS is not there: lab/servers fetches it"
}

# run PROGRAM ARGUMENT...: over ITP, with the libraries that lie beside it
run() {
	local program=$SERVERS/$1
	shift
	LD_LIBRARY_PATH=$SERVERS/usr/lib/x86_64-linux-gnu itprun "$program" "$@"
}

# serve PROGRAM ARGUMENT...: run on server, until $port is listened on
serve() {
	spawn on server env LD_LIBRARY_PATH="$SERVERS/usr/lib/x86_64-linux-gnu" \
		itprun "$SERVERS/$1" "${@:2}" >"$tmp/server.log" 2>&1
	wait_for 60 serves "$spawned" || fail "$1 does not listen: $(tail -n 5 "$tmp/server.log")"
}

serves() {
	gone "$1" && fail "the server ended: $(tail -n 5 "$tmp/server.log")"
	listening server "$port"
}

# get URL FILE: curl; the same as FILE
get() {
	itprun curl -sS --fail --noproxy '*' -o "$tmp/got" "$1" ||
		fail "curl ended with $?; the server says: $(tail -n 5 "$tmp/server.log")"
	cmp "$tmp/got" "$2" || fail "$1 came as something else"
}

nginx_conf() {
	local kind
	cat <<-END
		daemon off;
		user root root;
		worker_processes 2;
		pid $tmp/nginx.pid;
		events { }
		http {
			access_log off;
			sendfile on;
			tcp_nopush on;
			server {
				listen $1:$port backlog=100 deferred;
				root $tmp/www;
			}
	END
	for kind in client_body proxy fastcgi uwsgi scgi; do
		echo "${kind}_temp_path $tmp/$kind;"
	done
	echo "}"
}

# nginx ADDRESS URLHOST
nginx() {
	local i
	fetched
	mkdir "$tmp/www"
	head -c 1000000 /dev/urandom >"$tmp/www/large"
	for i in 1 2 3 4 5; do
		head -c $((i * 777)) /dev/urandom >"$tmp/www/$i"
	done
	new_port
	nginx_conf "$2" >"$tmp/nginx.conf"
	serve usr/sbin/nginx -e stderr -p "$tmp" -c "$tmp/nginx.conf"
	count_octets
	get "http://$2:$port/large" "$tmp/www/large"
	moved client 1000000
	# Several over one connection.
	count_octets
	itprun curl -sS --fail --noproxy '*' "http://$2:$port/[1-5]" >"$tmp/got" || fail "curl ended with $?"
	cat "$tmp/www"/{1,2,3,4,5} | cmp - "$tmp/got" || fail "five files came as something else"
	moved client $((15 * 777))
}

# A host key, a user's key, what sshd wants of the system: the guest's files go
# with the guest.
ssh_prepare() {
	local key
	for key in host user; do
		"$SERVERS/usr/bin/ssh-keygen" -q -t ed25519 -N '' -f "$tmp/$key" || fail "ssh-keygen"
	done
	mkdir -p /run/sshd
	grep -q '^sshd:' /etc/passwd || echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>/etc/passwd
	sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow
	cat >"$tmp/sshd.conf" <<-END
		Port $port
		ListenAddress $S4
		HostKey $tmp/host
		AuthorizedKeysFile $tmp/user.pub
		PermitRootLogin yes
		StrictModes no
		UsePAM no
		PidFile none
	END
	ssh=(run usr/bin/ssh -F none -i "$tmp/user" -p "$port" -o BatchMode=yes
		-o StrictHostKeyChecking=no -o UserKnownHostsFile="$tmp/known" -o LogLevel=ERROR)
}

sshd() {
	local ssh forward target
	fetched
	new_port
	forward=$port
	new_port
	target=$port
	new_port
	ssh_prepare
	serve usr/sbin/sshd -D -e -f "$tmp/sshd.conf"
	count_octets
	head -c 300000 /dev/urandom >"$tmp/sent"
	"${ssh[@]}" "root@$S4" "cat; hostname" <"$tmp/sent" >"$tmp/got" ||
		fail "ssh ended with $?: $(tail -n 5 "$tmp/server.log")"
	{ cat "$tmp/sent"; hostname; } | cmp - "$tmp/got" || fail "cat over ssh gave something else"
	moved server 300000
	moved client 300000

	# client -> ssh -> sshd -> a listener on server; all of it over ITP
	puppet srv server
	ask srv listen "$S4" "$target"
	spawn "${ssh[@]}" -N -o ExitOnForwardFailure=yes -L "$C4:$forward:$S4:$target" "root@$S4"
	within 60 "ssh listens on $forward" listening client "$forward"
	count_octets
	puppet cli client
	ask cli connect "$C4" "$forward"
	ask srv accept
	ask cli write 0 50000
	ask srv read 1 50000
	ask srv write 1 20000
	ask cli read 0 20000
	moved server 100000
	moved client 20000
	ask cli close 0
	ask srv eof 1
}

redis() {
	local rate
	fetched
	new_port
	mkdir "$tmp/redis"
	serve usr/bin/redis-server --bind "$S4" --port "$port" --protected-mode no --save '' --dir "$tmp/redis"
	count_octets
	same "SET" "$(run usr/bin/redis-cli -h "$S4" -p "$port" set name "$(printf 'x%.0s' {1..5000})")" OK
	same "GET" "$(run usr/bin/redis-cli -h "$S4" -p "$port" strlen name)" 5000
	moved server 5000
	count_octets
	run usr/bin/redis-benchmark -h "$S4" -p "$port" -t set,get -n "$REQUESTS" -c 10 --csv >"$tmp/bench" ||
		fail "redis-benchmark ended with $?"
	# Where no time passes that the programs need, the rate may be infinite.
	rate=$(grep -cE '^"(SET|GET)","([0-9]|inf)' "$tmp/bench")
	same "lines of redis-benchmark" "$rate" 2
	# A SET is 40 octets or so.
	moved server $((REQUESTS * 30))
}

node() {
	fetched
	new_port
	head -c 500000 /dev/urandom >"$tmp/file"
	# Part of it lies there and nowhere else.
	mkdir -p /usr/share/nodejs
	mount --bind "$SERVERS/usr/share/nodejs" /usr/share/nodejs || fail "mount"
	later umount /usr/share/nodejs
	cat >"$tmp/server.js" <<-'END'
		const [file, port, address] = process.argv.slice(2);
		const text = require('fs').readFileSync(file);
		require('http').createServer((request, response) => {
			const got = [];
			request.on('data', (part) => got.push(part));
			request.on('end', () =>
				response.end(request.method == 'POST' ? Buffer.concat(got) : text));
		}).listen(port, address);
	END
	serve usr/bin/node "$tmp/server.js" "$tmp/file" "$port" "$S4"
	count_octets
	get "http://$S4:$port/" "$tmp/file"
	moved client 500000
	count_octets
	itprun curl -sS --fail --noproxy '*' --data-binary "@$tmp/file" -o "$tmp/got" "http://$S4:$port/" ||
		fail "curl ended with $?"
	cmp "$tmp/got" "$tmp/file" || fail "what was posted came back as something else"
	moved server 500000
}

add_case nginx_v4 nginx "$S4" "$S4"
! thorough || add_case nginx_v6 nginx "$S6" "[$S6]"
! thorough || add_case sshd_forward sshd
! thorough || add_case redis redis
! thorough || add_case node node
kst_main "$@"
