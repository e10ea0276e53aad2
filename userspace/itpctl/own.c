// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values of tunables that a connection has of its own: reading them out of an
 * answer, showing them, and `itpctl conn set`.
 */
#include <string.h>
#include "conn.h"

static void own_add(struct conn *c, const struct nlattr *nest)
{
	const struct nlattr *tb[ITP_A_OVERRIDE_MAX + 1];
	struct own *own = &c->own[c->owns];

	if (c->owns == OWN_MAX)
		return;
	itp_nl_parse_nest(nest, tb, ITP_A_OVERRIDE_MAX);
	snprintf(own->name, sizeof(own->name), "%s",
		 itp_nl_string(tb[ITP_A_OVERRIDE_NAME]));
	own->value = itp_nl_uint(tb[ITP_A_OVERRIDE_VALUE]);
	own->origin = (uint32_t)itp_nl_uint(tb[ITP_A_OVERRIDE_ORIGIN]);
	c->owns++;
}

/**
 * own_parse - the connection's own values out of a message
 * @c: gets them
 * @nlh: answer to conn-get or conn-set
 */
void own_parse(struct conn *c, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == ITP_A_CONN_OVERRIDE)
			own_add(c, attr);
	}
}

/**
 * own_json - write them as an array
 * @j: writer, in an object
 * @c: connection
 */
void own_json(struct itp_json *j, const struct conn *c)
{
	unsigned int i;

	itp_json_array(j, "tunables");
	for (i = 0; i < c->owns; i++) {
		itp_json_object(j, NULL);
		itp_json_string(j, "name", c->own[i].name);
		itp_json_uint(j, "value", c->own[i].value);
		json_name(j, "origin", origin_text(c->own[i].origin),
			  c->own[i].origin);
		itp_json_end(j, '}');
	}
	itp_json_end(j, ']');
}

/**
 * own_notes - one line of them, if there are any
 * @out: where to
 * @c: connection
 */
void own_notes(FILE *out, const struct conn *c)
{
	unsigned int i;

	if (!c->owns)
		return;
	fputs("        own", out);
	for (i = 0; i < c->owns; i++)
		fprintf(out, "  %s %llu (%s)", c->own[i].name,
			(unsigned long long)c->own[i].value,
			name_of(origin_text(c->own[i].origin),
				c->own[i].origin));
	putc('\n', out);
}

/**
 * conn_set - itpctl conn set id ID NAME VALUE|default
 * @argc: words behind `set`
 * @argv: these
 *
 * Return: exit status.
 */
int conn_set(int argc, char **argv)
{
	char buf[ITP_NL_REQUEST_SIZE];
	uint64_t id, value = 0;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct itp_nl nl;
	bool drop;
	int err;

	if (argc != 4 || strcmp(argv[0], "id"))
		return usage_error("conn set takes id, a number, a name and a value");
	if (!value_parse(argv[1], &id) || !id)
		return usage_error("\"%s\" is no id of a connection", argv[1]);
	drop = !strcmp(argv[3], "default");
	err = open_nl(&nl);
	if (err)
		return err;
	if (!drop)
		err = tunable_value(&nl, argv[2], argv[3], &value);
	if (!err) {
		nlh = itp_nl_request(&nl, buf, ITP_CMD_CONN_SET, 0);
		mnl_attr_put_u64(nlh, ITP_A_CONN_ID, id);
		nest = mnl_attr_nest_start(nlh, ITP_A_CONN_OVERRIDE);
		tunable_put_name(nlh, ITP_A_OVERRIDE_NAME, argv[2]);
		if (!drop)
			mnl_attr_put_u64(nlh, ITP_A_OVERRIDE_VALUE, value);
		mnl_attr_nest_end(nlh, nest);
		err = itp_nl_talk(&nl, nlh, NULL, NULL);
		if (err)
			err = kernel_error(&nl, err);
	}
	itp_nl_close(&nl);
	return err;
}
