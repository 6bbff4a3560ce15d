/* messages.h: the texts of the error codes. */
#ifndef CREATEPROCESS_MESSAGES_H
#define CREATEPROCESS_MESSAGES_H

const char *createprocess_message(unsigned code); /* NULL: there is none */

#endif
