# SPDX-License-Identifier: GPL-2.0-only
"""Block devices with a known completion time, made from null_blk."""
import os
import subprocess

CONFIG = "/sys/kernel/config"
NULLB = CONFIG + "/nullb"


class SlowDisk:
    """A null_blk device that keeps its data and completes after completion_ns."""

    def __init__(self, name, completion_ns, megabytes=32, image=None, **attributes):
        self.name = name
        self.completion_ns = completion_ns
        self.megabytes = megabytes
        self.image = image
        self.attributes = attributes
        self.mounted = None

    def __enter__(self):
        if not os.path.isdir(NULLB):
            subprocess.run(["modprobe", "null_blk", "nr_devices=0"], check=True)
            if not os.path.ismount(CONFIG):
                subprocess.run(["mount", "-t", "configfs", "none", CONFIG], check=True)
        self.folder = "%s/%s" % (NULLB, self.name)
        os.mkdir(self.folder)
        wanted = dict(memory_backed=1, irqmode=2, completion_nsec=self.completion_ns,
                      size=self.megabytes, blocksize=512)
        wanted.update(self.attributes)
        for key, value in wanted.items():
            self._write(key, value)
        self._write("power", 1)
        with open(self.folder + "/index") as index:
            number = index.read().strip()
        # The name of a device made here is its own since 5.19, nullbN before.
        for path in ("/dev/" + self.name, "/dev/nullb" + number):
            if os.path.exists(path):
                self.path = path
        self.device = self._device(self.path)
        return self

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(["umount", self.mounted], check=True)
        self._write("power", 0)
        os.rmdir(self.folder)

    def _write(self, key, value):
        with open("%s/%s" % (self.folder, key), "w") as attribute:
            attribute.write(str(value))

    @staticmethod
    def _device(path):
        number = os.stat(path).st_rdev
        return os.major(number) << 20 | os.minor(number)

    def mount(self, where):
        """Make an ext4 file system and mount it.

        It is made in memory first: its many small writes, one after the other,
        would each take the completion time.
        """
        image = "/dev/shm/%s.image" % self.name
        with open(image, "wb") as file:
            file.truncate(self.megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        subprocess.run(["dd", "if=" + image, "of=" + self.path, "bs=4M", "oflag=direct",
                        "status=none"], check=True)
        os.unlink(image)
        os.makedirs(where, exist_ok=True)
        subprocess.run(["mount", "-t", "ext4", self.path, where], check=True)
        self.mounted = where
        return where
