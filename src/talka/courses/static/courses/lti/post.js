// Sends the form on at once; without JavaScript its button does.
document.querySelector("form[data-goes]").submit();
