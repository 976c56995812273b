//! What is locked is what is installed: archives in the cache, in folders and on servers that are other ones.
