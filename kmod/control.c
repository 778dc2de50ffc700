// SPDX-License-Identifier: GPL-2.0-only
/* The files targets, mappings and stats in /sys/kernel/debug/mmiotap. */
#include <linux/debugfs.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#include "mmiotap.h"

#define COMMANDS_MAX	4096

static DEFINE_MUTEX(command_mutex);	/* one write of commands at a time */
static struct dentry *directory;

static bool is_unwanted(const struct tap_mapping *map)
{
	struct tap_match match;

	return !tap_target_match(map->phys, map->phys + map->len - 1, false,
				 &match);
}

static void detach_unwanted(void)
{
	unsigned int saved;

	down_write(&tap_sem);
	saved = memalloc_noreclaim_save();
	tap_mapping_remove_if(is_unwanted);
	memalloc_noreclaim_restore(saved);
	up_write(&tap_sem);
}

/* Carries out one line of "targets" or one parameter; README.md has the list. */
int tap_command(const char *line)
{
	int error;

	if (!*line)
		return 0;
	if (!strcmp(line, "announce")) {
		tap_mapping_announce();
		return 0;
	}
	if (!strcmp(line, "clear")) {
		tap_target_clear();
		detach_unwanted();
		return 0;
	}
	if (!strncmp(line, "remove ", 7)) {
		error = tap_target_remove(line + 7);
		detach_unwanted();
		return error;
	}
	error = tap_target_add(line);
	if (!error && strcmp(line, "bars"))
		tap_attach_existing();
	return error;
}

static ssize_t targets_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos)
{
	char *text, *rest, *line;
	int error = 0;

	if (count > COMMANDS_MAX)
		return -E2BIG;
	text = memdup_user_nul(from, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	rest = text;
	mutex_lock(&command_mutex);
	while (!error && (line = strsep(&rest, "\n")))
		error = tap_command(strim(line));
	mutex_unlock(&command_mutex);
	kfree(text);
	return error ? error : count;
}

static int targets_show(struct seq_file *m, void *unused)
{
	tap_target_show(m);
	return 0;
}

static int targets_open(struct inode *inode, struct file *file)
{
	return single_open(file, targets_show, NULL);
}

static const struct file_operations targets_fops = {
	.owner = THIS_MODULE,
	.open = targets_open,
	.read = seq_read,
	.write = targets_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int mappings_show(struct seq_file *m, void *unused)
{
	tap_mapping_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(mappings);

static int stats_show(struct seq_file *m, void *unused)
{
	tap_stats_show(m);
	tap_device_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

int tap_control_init(void)
{
	directory = debugfs_create_dir("mmiotap", NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	debugfs_create_file("targets", 0600, directory, NULL, &targets_fops);
	debugfs_create_file("mappings", 0400, directory, NULL, &mappings_fops);
	debugfs_create_file("stats", 0400, directory, NULL, &stats_fops);
	return 0;
}

void tap_control_exit(void)
{
	debugfs_remove_recursive(directory);
}
