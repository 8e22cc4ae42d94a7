"""Content that other programs made (H5P, cmi5, SCORM): taken in with caution, played in a sandbox, told to the record store.

`unpacking` turns a zip into a folder or refuses it; `readers` say what is in the folder; `actions` keep it; `door` serves it.
"""
